import type { TensorSpec } from "../../../../contracts/model-contract.ts";
import type { ServedModel } from "../../model/model.ts";

/** Name and version of the server, as `GET /v2` tells them. */
export const serverMetadata = {
  name: "isotherm",
  version: "0.1.0",
  extensions: ["binary_tensor_data"],
};

/**
 * `GET /v2/models/<m>`: the tensors as the contract names them.
 * @param versions every version of the model that is served
 */
export function modelMetadata({ contract, lineage }: ServedModel, versions: readonly string[]) {
  const tensor = ({ name, dataType, shape }: TensorSpec) => ({ name, datatype: dataType, shape });
  return {
    name: lineage.name,
    versions,
    platform: "onnxruntime_onnx",
    inputs: contract.inputs.map(tensor),
    outputs: contract.outputs.map(tensor),
    parameters: { release: lineage.release, data_version: lineage.dataVersion },
  };
}
