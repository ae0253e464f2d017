import { stringify } from "yaml";
import { canonicalJson } from "./canonical.ts";
import { type DataType, ModelContract, type TensorSpec } from "./model-contract.ts";
import { fileByRole, type FileRole, type ReleaseManifest } from "./release.ts";

/** MLflow and the Python packages that stock `mlflow.onnx` needs to open the model. */
const mlflowVersion = "3.17.2";
const onnxVersion = "1.23.2";
const pythonVersion = "3.11";
const servingExample = "serving_input_example.json";
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
  /** Bytes of the release's files by path. */
  files: ReadonlyMap<string, Uint8Array>;
}

/** The contract among a release's files. */
export function contractIn({
  manifest,
  files,
}: Pick<ModelFolderOptions, "manifest" | "files">): ModelContract {
  return ModelContract.parse(JSON.parse(textOf("contract", manifest, files) ?? ""));
}

/** The file that plays a role, as text. */
function textOf(
  role: FileRole,
  manifest: ReleaseManifest,
  files: ReadonlyMap<string, Uint8Array>,
): string | undefined {
  const file = fileByRole(manifest, role);
  const bytes = file && files.get(file.path);
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * The files of an MLflow model that stock `mlflow.onnx.load_model` and `mlflow.pyfunc.load_model` open, with our own
 * beside them. The same release gives the same bytes, so that a second upload changes nothing.
 */
export function modelFolder(options: ModelFolderOptions): Map<string, Uint8Array | string> {
  const { manifest, files } = options;
  const example = textOf("example", manifest, files);
  return new Map<string, Uint8Array | string>([
    ...files,
    ["release.json", canonicalJson(manifest)],
    ...(example === undefined ? [] : [[servingExample, `{"inputs":${example}}`] as const]),
    ["requirements.txt", `${requirements.join("\n")}\n`],
    ["python_env.yaml", stringify(pythonEnvironment)],
    ["conda.yaml", stringify(condaEnvironment)],
    ["MLmodel", stringify(modelFile(options))],
  ]);
}

function modelFile({ manifest, digest, files }: ModelFolderOptions) {
  const contract = contractIn({ manifest, files });
  const example = fileByRole(manifest, "example");
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
    ...(example && {
      saved_input_example_info: {
        artifact_path: example.path,
        serving_input_path: servingExample,
        type: "ndarray",
      },
    }),
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
