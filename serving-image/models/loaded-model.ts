import * as ort from "onnxruntime-node";
import { z } from "zod";
import { ModelContract, type TensorSpec } from "../../contracts/model-contract.ts";
import { fileByRole, shortDigest } from "../../contracts/release.ts";
import { ReleaseMissingError, type ReleaseStore } from "../../contracts/release-store.ts";
import type { ServedModel } from "../../contracts/serving-config.ts";
import { dataTypeOf, makeTensor } from "./tensors.ts";

/** Why a model is not ready, one of a fixed few. */
export type LoadFault =
  | "release-missing"
  | "store-unreachable"
  | "digest-mismatch"
  | "contract-mismatch"
  | "graph-invalid";

export class LoadError extends Error {
  readonly fault: LoadFault;
  constructor(fault: LoadFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "LoadError";
    this.fault = fault;
  }
}

/** Where an answer comes from; part of every answer (SPEC G-11). */
export interface Lineage {
  name: string;
  version: string;
  release: string;
  dataVersion: string;
}

/** A release in memory, checked and warm. */
export class LoadedModel {
  readonly lineage: Lineage;
  readonly contract: ModelContract;
  readonly #session: ort.InferenceSession;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(lineage: Lineage, contract: ModelContract, session: ort.InferenceSession) {
    this.lineage = lineage;
    this.contract = contract;
    this.#session = session;
  }

  async run(
    inputs: Readonly<Record<string, ort.Tensor>>,
  ): Promise<ort.InferenceSession.OnnxValueMapType> {
    this.#inFlight++;
    try {
      return await this.#session.run(inputs);
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  /** Frees the session once its last request is answered. */
  async release(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await this.#session.release();
  }
}

/**
 * Fetches a release by digest, checks it against itself and against its graph, and runs it once.
 * @throws LoadError with a typed reason
 */
export async function loadModel(
  served: ServedModel,
  store: ReleaseStore,
  threads: number,
): Promise<LoadedModel> {
  const { manifest, contract, graph } = await fetchRelease(served, store);
  const session = await openSession(graph, threads);
  try {
    checkTensors("input", contract.inputs, session.inputMetadata);
    checkTensors("output", contract.outputs, session.outputMetadata);
    const lineage = {
      name: served.name,
      version: served.version,
      release: served.release,
      dataVersion: manifest.evidence.lineage.dataSet.version,
    };
    const model = new LoadedModel(lineage, contract, session);
    await warm(model);
    return model;
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function fetchRelease(served: ServedModel, store: ReleaseStore) {
  try {
    const manifest = await store.manifest(served.release);
    if (manifest.model !== served.name) {
      throw new LoadError(
        "contract-mismatch",
        `release ${shortDigest(served.release)} is of model ${manifest.model}, not ${served.name}`,
      );
    }
    // A parsed manifest has exactly one of each.
    const file = (role: "contract" | "model") =>
      store.file(fileByRole(manifest, role)?.sha256 ?? "");
    const [contractBytes, graph] = [await file("contract"), await file("model")];
    return { manifest, contract: parseContract(contractBytes), graph };
  } catch (error) {
    throw error instanceof LoadError ? error : fetchFault(error);
  }
}

function fetchFault(error: unknown): LoadError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ReleaseMissingError)
    return new LoadError("release-missing", message, { cause: error });
  const fault = /has digest|is damaged|not a release manifest/.test(message)
    ? "digest-mismatch"
    : "store-unreachable";
  return new LoadError(fault, message, { cause: error });
}

function parseContract(bytes: Uint8Array): ModelContract {
  try {
    return ModelContract.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    const text = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new LoadError("contract-mismatch", `the release's contract is not one: ${text}`, {
      cause: error,
    });
  }
}

async function openSession(graph: Uint8Array, threads: number): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(graph, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: "0" } } },
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LoadError("graph-invalid", `onnxruntime refuses the graph: ${message}`, {
      cause: error,
    });
  }
}

function checkTensors(
  what: "input" | "output",
  wanted: readonly TensorSpec[],
  found: readonly ort.InferenceSession.ValueMetadata[],
): void {
  const names = found.map((tensor) => tensor.name).join(", ");
  for (const spec of wanted) {
    const actual = found.find((tensor) => tensor.name === spec.name);
    if (actual === undefined) {
      throw new LoadError(
        "contract-mismatch",
        `the contract's ${what} ${spec.name} is not in the graph, which has ${names}`,
      );
    }
    if (actual.isTensor && dataTypeOf(actual.type) !== spec.dataType) {
      throw new LoadError(
        "contract-mismatch",
        `${what} ${spec.name} is ${spec.dataType} in the contract and ${actual.type} in the graph`,
      );
    }
  }
  if (what === "input" && found.length !== wanted.length) {
    throw new LoadError(
      "contract-mismatch",
      `the graph takes ${names}; the contract names ${wanted.length} inputs`,
    );
  }
}

/** The first run of a session is slow, and shows whether the graph runs at all. */
async function warm(model: LoadedModel): Promise<void> {
  const inputs = Object.fromEntries(
    model.contract.inputs.map((spec) => {
      const shape = spec.shape.map((size) => Math.max(size, 1));
      const count = shape.reduce((product, size) => product * size, 1);
      const zero = spec.dataType === "BYTES" ? "" : spec.dataType === "BOOL" ? false : 0;
      return [spec.name, makeTensor(spec, new Array(count).fill(zero), shape, spec.name)];
    }),
  );
  try {
    await model.run(inputs);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new LoadError("graph-invalid", `the graph does not run: ${message}`, { cause: error });
  }
}
