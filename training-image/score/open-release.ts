import { ModelContract } from "../../contracts/model-contract.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { fileByRole, type FileRole, type ReleaseManifest } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { TrainedModel } from "../workloads/workload.ts";

/** A release with the bytes of its files. */
export interface OpenRelease {
  digest: string;
  manifest: ReleaseManifest;
  trained: TrainedModel;
}

/**
 * Reads a release, every file checked by its digest.
 * @param text digest, or its first 12 digits or more, with or without `model@` in front
 * @throws BadInputError where there is none, or several start so
 */
export async function openRelease(
  objects: Pick<ObjectStore, "get" | "putOnce" | "list">,
  bucket: string,
  text: string,
): Promise<OpenRelease> {
  const digest = await resolveDigest(objects, bucket, text);
  const store = new ReleaseStore(objects, bucket);
  const manifest = await store.manifest(digest);
  const read = async (role: FileRole) => {
    const file = fileByRole(manifest, role);
    return file && store.file(file.sha256);
  };
  const [model, contract] = await Promise.all([read("model"), read("contract")]);
  if (model === undefined || contract === undefined) {
    throw new BadInputError(`release ${text} has no model or no contract`);
  }
  const graphs: NonNullable<TrainedModel["graphs"]> = {};
  for (const role of ["residual", "boundary", "initial"] as const) {
    const graph = await read(role);
    if (graph !== undefined) graphs[role] = graph;
  }
  const parsed = ModelContract.parse(JSON.parse(new TextDecoder().decode(contract)));
  return { digest, manifest, trained: { model, contract: parsed, graphs } };
}

/** @throws BadInputError where no release, or several, start so */
export async function resolveDigest(
  objects: Pick<ObjectStore, "list">,
  bucket: string,
  text: string,
): Promise<string> {
  const [, start] = /^(?:[a-z][-a-z0-9]*@)?([0-9a-f]{12,64})$/.exec(text) ?? [];
  if (start === undefined) {
    throw new BadInputError(`'${text}' is no release: wanted 12 to 64 hexadecimal digits`);
  }
  if (start.length === 64) return start;
  const keys = await objects.list(bucket, `releases/${start}`);
  const [digest, ...others] = keys.map((key) => key.slice("releases/".length, -".json".length));
  if (digest === undefined) throw new BadInputError(`no release in ${bucket} starts with ${start}`);
  if (others.length > 0) {
    throw new BadInputError(`${keys.length} releases start with ${start}: give more digits`);
  }
  return digest;
}
