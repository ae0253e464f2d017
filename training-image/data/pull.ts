import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { sha256Hex } from "../../contracts/canonical.ts";
import type { DataSetFile, DataSetManifest } from "../../contracts/data-set.ts";
import type { DataSetStore } from "./data-set-store.ts";

/**
 * Lays a version of a data set out in a folder. A file that is there with the right bytes stays; a file appears whole or
 * not at all. Other files of the folder are left alone.
 * @throws BadInputError where the version, or a file of it, is missing or altered
 */
export async function pull(
  store: DataSetStore,
  dataSet: string,
  folder: string,
  progress?: (done: number, total: number) => void,
): Promise<DataSetManifest> {
  const manifest = await store.manifest(dataSet);
  for (const [index, file] of manifest.files.entries()) {
    const target = join(folder, file.path);
    if (!(await isThere(target, file))) {
      await mkdir(dirname(target), { recursive: true });
      // The same name each time: what a killed process left is written over.
      const temporary = `${target}.part`;
      try {
        await writeFile(temporary, await store.file(file));
        await rename(temporary, target);
      } finally {
        await rm(temporary, { force: true });
      }
    }
    progress?.(index + 1, manifest.files.length);
  }
  return manifest;
}

async function isThere(path: string, file: DataSetFile): Promise<boolean> {
  try {
    return sha256Hex(await readFile(path)) === file.sha256;
  } catch {
    return false;
  }
}
