import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { BadInputError } from "../workloads/errors.ts";
import type { SourceFile } from "./data-set-store.ts";

/** A file is held in memory while it is hashed and sent. */
const largestFile = 1 << 30;

/**
 * The files that paths name. One file is called by its name, one folder gives its files by their paths in it; several
 * paths keep their own names in front. Links are followed where they are named, and not inside folders.
 * @throws BadInputError where a path is not there, or a file is larger than 1 GiB
 */
export async function localFiles(paths: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new BadInputError(`${path}: there is no such file or folder`);
    const name = basename(resolve(path));
    if (found.isDirectory()) {
      const prefix = paths.length > 1 ? `${name}/` : "";
      for (const inner of await filesBelow(path)) {
        files.push(await source(`${prefix}${relative(path, inner).split(sep).join("/")}`, inner));
      }
    } else files.push(await source(name, path));
  }
  if (files.length === 0) throw new BadInputError(`${paths.join(", ")}: there are no files`);
  return files;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

async function source(path: string, file: string): Promise<SourceFile> {
  const { size } = await lstat(file);
  if (size > largestFile) {
    throw new BadInputError(`${file}: ${size} bytes, at most ${largestFile} a file: split it`);
  }
  return { path, read: () => readFile(file) };
}
