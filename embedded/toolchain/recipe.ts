import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import canonicalize from "canonicalize";

/** Raised when a change of the builder itself must rebuild everything. */
const builderVersion = 1;

/** Whatever a result depends on: versions, flags, the text of files. Must survive JSON. */
export type Recipe = Readonly<Record<string, unknown>>;

/** Eight hex digits that change exactly when the recipe does; the order of keys does not matter. */
export function recipeHash(recipe: Recipe): string {
  return createHash("sha256")
    .update(canonicalize({ builderVersion, recipe }) ?? "")
    .digest("hex")
    .slice(0, 8);
}

/** The sha256 of every file below `folder`, by its path in it: what a recipe made from a folder depends on. */
export async function folderRecipe(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[relative(folder, path)] = await fileSha256(path);
  }
  return files;
}

/** The sha256 of a file of any size, in hex. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
