import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { runContract } from "../../contracts/run-contract.ts";
import { BadInputError } from "../workloads/errors.ts";
import type { BroughtFiles } from "./brought-model.ts";

/** What a trainer left behind. */
export interface TrainerOutput extends BroughtFiles {
  /** Paths of the files that belong to the run alone, below `folder`. */
  artifacts: string[];
  folder: string;
}

const names = runContract.files;

/**
 * Reads a trainer's output folder.
 * @throws BadInputError where a file that is needed is missing
 */
export async function readOutputFolder(folder: string): Promise<TrainerOutput> {
  const [model, metrics] = await Promise.all([
    bytes(folder, names.model),
    text(folder, names.metrics),
  ]);
  const missing = [
    ...(model === undefined ? [names.model] : []),
    ...(metrics === undefined ? [names.metrics] : []),
  ];
  if (model === undefined || metrics === undefined) {
    const found = (await readdir(folder).catch(() => [])).sort().join(", ");
    throw new BadInputError(
      `the trainer left no ${missing.join(" and no ")} in its output folder; there is ${found || "nothing"}`,
    );
  }
  const [contract, baseline, steps] = await Promise.all(
    [names.contract, names.baseline, names.steps].map((name) => text(folder, name)),
  );
  const artifacts = await filesBelow(folder, join(folder, names.artifacts));
  return { model, metrics, contract, baseline, steps, artifacts, folder };
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)).split(sep).join("/"))
    .sort();
}

async function bytes(folder: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new BadInputError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

async function text(folder: string, name: string): Promise<string | undefined> {
  const content = await bytes(folder, name);
  return content && new TextDecoder().decode(content);
}
