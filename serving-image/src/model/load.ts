import { InferenceSession } from "onnxruntime-node";
import { z } from "zod";
import { ModelContract } from "../../../contracts/model-contract.ts";
import { ObjectStoreError } from "../../../contracts/object-store.ts";
import {
  BlobMissingError,
  ReleaseMissingError,
  type ReleaseStore,
} from "../../../contracts/release-store.ts";
import {
  DamagedError,
  fileByRole,
  type FileRole,
  type ReleaseManifest,
  shortDigest,
} from "../../../contracts/release.ts";
import type { ServedModel as Wanted, ServingConfig } from "../../../contracts/serving-config.ts";
import { contractProblems } from "./check.ts";
import { LoadError } from "./errors.ts";
import { ServedModel } from "./model.ts";
import { nestedRows, shapeMatches, tensorFromRows } from "./tensors.ts";

export interface LoadOptions {
  store: Pick<ReleaseStore, "manifest" | "file">;
  place: Pick<ServingConfig, "environment" | "slot">;
  /** Threads of one run. */
  threads: number;
}

/**
 * Fetches a release by digest, checks every byte and its contract against the graph, and runs it once.
 * @throws LoadError with the reason
 */
export async function loadModel(wanted: Wanted, options: LoadOptions): Promise<ServedModel> {
  const manifest = await fetched(() => options.store.manifest(wanted.release));
  if (manifest.model !== wanted.name) {
    throw new LoadError(
      "contract-mismatch",
      `release ${shortDigest(wanted.release)} is of model '${manifest.model}', not '${wanted.name}'`,
    );
  }
  const contract = parseContract(await fileOf(options.store, manifest, "contract"));
  const session = await open(await fileOf(options.store, manifest, "model"), options.threads);
  try {
    const problems = contractProblems(contract, session);
    if (contract.model !== manifest.model) {
      problems.push(`the contract is of model '${contract.model}'`);
    }
    if (problems.length > 0) throw new LoadError("contract-mismatch", problems.join("; "));
    const { dataSet } = manifest.evidence.lineage;
    const { environment, slot } = options.place;
    const lineage = { ...wanted, environment, slot, dataVersion: dataSet.version };
    const model = new ServedModel(lineage, contract, session);
    await warmUp(model);
    return model;
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function fileOf(
  store: LoadOptions["store"],
  manifest: ReleaseManifest,
  role: FileRole,
): Promise<Uint8Array> {
  const file = fileByRole(manifest, role);
  if (file === undefined) throw new LoadError("release-invalid", `the release has no ${role}`);
  return fetched(() => store.file(file.sha256));
}

async function fetched<T>(fetch: () => Promise<T>): Promise<T> {
  try {
    return await fetch();
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof ReleaseMissingError || error instanceof BlobMissingError) {
      throw new LoadError("release-missing", message);
    }
    if (error instanceof DamagedError) throw new LoadError("digest-mismatch", message);
    if (error instanceof ObjectStoreError) {
      const reason = error.status < 500 ? "store-refused" : "store-unreachable";
      throw new LoadError(reason, message);
    }
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") {
      throw new LoadError("store-unreachable", `object store: ${causeOf(error as Error)}`);
    }
    throw new LoadError("release-invalid", message);
  }
}

/** `fetch` says only that it failed; why is in the cause. */
function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}

function parseContract(bytes: Uint8Array): ModelContract {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new LoadError("contract-invalid", `contract: not JSON: ${(error as Error).message}`);
  }
  const result = ModelContract.safeParse(value);
  if (result.success) return result.data;
  throw new LoadError("contract-invalid", `contract: ${z.prettifyError(result.error)}`);
}

async function open(graph: Uint8Array, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(graph, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 3,
      // Spinning threads burn the container's CPU quota between requests.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (error) {
    throw new LoadError("graph-invalid", `graph: ${(error as Error).message.slice(0, 500)}`);
  }
}

/** The first run allocates; it also shows whether the graph gives what the contract promises. */
async function warmUp(model: ServedModel): Promise<void> {
  const { contract } = model;
  const names = contract.outputs.map((tensor) => tensor.name);
  const inputs = Object.fromEntries(
    contract.inputs.map((spec) => {
      const shape = spec.shape.map((size) => Math.abs(size));
      const count = shape.reduce((product, size) => product * size, 1);
      const zero = spec.dataType === "BOOL" ? false : spec.dataType === "BYTES" ? "" : 0;
      // Mid-range rather than zero where the range is known: what the model will see.
      const values = Array.from({ length: count }, (_unused, index) => {
        const range = contract.features[index]?.range;
        const isReal = spec.dataType === "FP32" || spec.dataType === "FP64";
        return isReal && count === contract.features.length && range !== undefined
          ? (range[0] + range[1]) / 2
          : zero;
      });
      return [spec.name, tensorFromRows(spec, nestedRows(values, shape), spec.name, 1)];
    }),
  );
  let outputs;
  try {
    outputs = await model.run(inputs, names);
  } catch (error) {
    throw new LoadError("warm-up-failed", `first run: ${(error as Error).message.slice(0, 500)}`);
  }
  for (const spec of contract.outputs) {
    const dims = outputs[spec.name]?.dims ?? [];
    if (!shapeMatches([1, ...spec.shape.slice(1)], dims)) {
      throw new LoadError(
        "contract-mismatch",
        `output '${spec.name}' of one row has shape [${dims.join(", ")}], the contract says [${spec.shape.join(", ")}]`,
      );
    }
  }
}
