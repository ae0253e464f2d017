import { stringify } from "yaml";
import { canonicalJson } from "./canonical.ts";
import type { DataType, ModelContract, TensorSpec } from "./model-contract.ts";
import type { ReleaseManifest } from "./release.ts";

/** MLflow and the Python packages that stock `mlflow.onnx` needs to open the model. */
const mlflowVersion = "3.17.2";
const onnxVersion = "1.23.2";
const pythonVersion = "3.11";
const requirements = [`mlflow==${mlflowVersion}`, "onnx", "onnxruntime"];

/** NumPy's names of element types, as MLflow's signatures use them. */
const numpyTypes: Partial<Record<DataType, string>> = {
  BOOL: "bool",
  INT32: "int32",
  INT64: "int64",
  FP32: "float32",
  FP64: "float64",
  BYTES: "str",
};

export interface ModelFolderOptions {
  manifest: ReleaseManifest;
  digest: string;
  trained: {
    contract: ModelContract;
    /** Values of every input for one or more rows. */
    example: unknown;
  };
  /** Bytes of the release's files by path. */
  files: ReadonlyMap<string, Uint8Array>;
}

/**
 * The files of an MLflow model that stock `mlflow.onnx.load_model` and `mlflow.pyfunc.load_model` open, with our own
 * beside them. The same release gives the same bytes, so that a second upload changes nothing.
 */
export function modelFolder(options: ModelFolderOptions): Map<string, Uint8Array | string> {
  const { manifest, trained, files } = options;
  const example = JSON.stringify(trained.example);
  return new Map<string, Uint8Array | string>([
    ...files,
    ["release.json", canonicalJson(manifest)],
    ["input_example.json", example],
    ["serving_input_example.json", JSON.stringify({ inputs: trained.example })],
    ["requirements.txt", `${requirements.join("\n")}\n`],
    ["python_env.yaml", stringify(pythonEnvironment)],
    ["conda.yaml", stringify(condaEnvironment)],
    ["MLmodel", stringify(modelFile(options))],
  ]);
}

function modelFile({ manifest, digest, trained, files }: ModelFolderOptions) {
  const { contract } = trained;
  const data = "model.onnx";
  return {
    artifact_path: "model",
    flavors: {
      onnx: {
        code: null,
        data,
        onnx_session_options: null,
        onnx_version: onnxVersion,
        providers: ["CUDAExecutionProvider", "CPUExecutionProvider"],
      },
      python_function: {
        data,
        env: { conda: "conda.yaml", virtualenv: "python_env.yaml" },
        loader_module: "mlflow.onnx",
        python_version: pythonVersion,
      },
    },
    metadata: {
      "isotherm.release": digest,
      features: contract.features.map(({ name }) => name),
      ...(contract.classes === undefined ? {} : { classes: contract.classes }),
    },
    mlflow_version: mlflowVersion,
    model_size_bytes: [...files.values()].reduce((total, bytes) => total + bytes.length, 0),
    // MLflow wants 32 hexadecimal digits that no other model has.
    model_uuid: digest.slice(0, 32),
    run_id: manifest.evidence.run.id,
    saved_input_example_info: {
      artifact_path: "input_example.json",
      serving_input_path: "serving_input_example.json",
      type: "ndarray",
    },
    signature: {
      inputs: tensorSchema(contract.inputs),
      outputs: tensorSchema(contract.outputs),
      params: null,
    },
    utc_time_created: manifest.evidence.trainedAt.replace("T", " ").replace("Z", ""),
  };
}

function tensorSchema(tensors: readonly TensorSpec[]): string {
  return JSON.stringify(
    tensors.map(({ name, dataType, shape }) => {
      const dtype = numpyTypes[dataType];
      if (dtype === undefined) {
        throw new Error(`tensor ${name}: MLflow's signatures have no type for ${dataType}`);
      }
      return { name, type: "tensor", "tensor-spec": { dtype, shape } };
    }),
  );
}

const pythonEnvironment = {
  python: pythonVersion,
  build_dependencies: ["pip", "setuptools", "wheel"],
  dependencies: ["-r requirements.txt"],
};

const condaEnvironment = {
  channels: ["conda-forge"],
  dependencies: [`python=${pythonVersion}`, "pip", { pip: requirements }],
  name: "mlflow-env",
};
