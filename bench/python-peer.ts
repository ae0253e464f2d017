import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { cache } from "../embedded/paths.ts";

/**
 * Python with some packages in a folder of its own, installed once; or the reason, where that is not
 * possible.
 * @param requirements path of a requirements file
 */
export async function peerPython(
  name: string,
  requirements: string,
): Promise<{ python: string } | { missing: string }> {
  const folder = join(cache, "bench", name);
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "requirements.txt");
  const wanted = await readFile(requirements, "utf8");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return { python };
  await rm(folder, { recursive: true, force: true });
  try {
    await execa("python3", ["-m", "venv", folder]);
    await execa(python, ["-m", "pip", "install", "--quiet", "-r", requirements]);
  } catch (error) {
    return { missing: error instanceof Error ? error.message.split("\n")[0]! : String(error) };
  }
  await writeFile(stamp, wanted);
  return { python };
}
