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
import { LoadError } from "./errors.ts";
import { type AnswerLineage, ServedModel } from "./model.ts";
import { type RunnerOptions, startRunner } from "./run/runner.ts";

export interface LoadOptions extends RunnerOptions {
  store: Pick<ReleaseStore, "manifest" | "file">;
  place: Pick<ServingConfig, "environment" | "slot">;
}

/**
 * Fetches a release by digest, checks every byte and its contract against the graph, and runs it in a worker: once with
 * its input example to warm it up, and a few times to measure where it should run.
 * @throws LoadError with the reason
 */
export async function loadModel(wanted: Wanted, options: LoadOptions): Promise<ServedModel> {
  const { store } = options;
  const manifest = await fetched(() => store.manifest(wanted.release));
  if (manifest.model !== wanted.name) {
    throw new LoadError(
      "contract-mismatch",
      `release ${shortDigest(wanted.release)} is of model '${manifest.model}', not '${wanted.name}'`,
    );
  }
  const contract = parseContract(await fileOf(store, manifest, "contract"));
  if (contract.model !== manifest.model) {
    throw new LoadError("contract-mismatch", `the contract is of model '${contract.model}'`);
  }
  const given = fileByRole(manifest, "example");
  const [example, graph] = await Promise.all([
    given && fetched(() => store.file(given.sha256)).then(decode),
    fileOf(store, manifest, "model"),
  ]);
  const { environment, slot } = options.place;
  const { version: dataVersion } = manifest.evidence.lineage.dataSet;
  const lineage: AnswerLineage = { ...wanted, environment, slot, dataVersion };
  // A worker that takes a lost one's place gets the graph from the store: it is not kept in memory twice.
  const again = () => fileOf(store, manifest, "model");
  const runner = await startRunner({ lineage, contract, graph, example, again }, options);
  return new ServedModel(lineage, contract, runner);
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
    value = JSON.parse(decode(bytes));
  } catch (error) {
    throw new LoadError("contract-invalid", `contract: not JSON: ${(error as Error).message}`);
  }
  const result = ModelContract.safeParse(value);
  if (result.success) return result.data;
  throw new LoadError("contract-invalid", `contract: ${z.prettifyError(result.error)}`);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
