import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** The part of a checkpoint that is looked at. */
interface Checkpoint {
  checkpoint?: { latest?: { resources?: unknown[] | null } | null };
}

/**
 * Names of the stacks that have resources in a file backend. It is read as it lies there: whoever takes a platform
 * away must not have to build Pulumi first.
 * @param stateFolder the file backend's folder
 * @throws Error that names a checkpoint which cannot be read
 */
export function stacksWithResources(stateFolder: string, project: string): string[] {
  const folder = join(stateFolder, ".pulumi", "stacks", project);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /\.json(\.gz)?$/.test(file))
    .filter((file) => hasResources(join(folder, file)))
    .map((file) => file.replace(/\.json(\.gz)?$/, ""))
    .sort();
}

function hasResources(path: string): boolean {
  try {
    const bytes = readFileSync(path);
    const text = path.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    const { checkpoint } = JSON.parse(text.toString()) as Checkpoint;
    return (checkpoint?.latest?.resources ?? []).length > 0;
  } catch (error) {
    throw new Error(
      `${path} cannot be read, so what its stack still has is unknown: restore it from the .bak file ` +
        "beside it, or remove it if its cluster is gone",
      { cause: error },
    );
  }
}
