import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
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
    readLeft(folder, names.model),
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
  const [contract, baseline, example, steps] = await Promise.all(
    [names.contract, names.baseline, names.example, names.steps].map((name) => text(folder, name)),
  );
  const artifacts = await filesBelow(folder, join(folder, names.artifacts));
  return { model, metrics, contract, baseline, example, steps, artifacts, folder };
}

/**
 * Reads a file that a trainer left. Links are refused: they could lead to what a trainer may not see, such as our
 * credentials.
 * @throws BadInputError where it cannot be read or is a link
 */
export async function readLeft(folder: string, name: string): Promise<Uint8Array | undefined> {
  let file;
  try {
    file = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new BadInputError(
      code === "ELOOP" ? `${name} is a link: wanted the file itself` : `${name}: ${message}`,
    );
  }
  try {
    return await file.readFile();
  } catch (error) {
    throw new BadInputError(`${name} cannot be read: ${(error as Error).message}`);
  } finally {
    await file.close();
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const found = await lstat(folder).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) {
    throw new BadInputError(`${relative(root, folder)} is no folder, and links are not followed`);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)).split(sep).join("/"))
    .sort();
}

async function text(folder: string, name: string): Promise<string | undefined> {
  const content = await readLeft(folder, name);
  return content && new TextDecoder().decode(content);
}
