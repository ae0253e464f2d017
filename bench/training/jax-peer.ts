import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cache } from "../../embedded/paths.ts";

const requirements = fileURLToPath(new URL("./jax/requirements.txt", import.meta.url));
export const jaxStep = fileURLToPath(new URL("./jax/heat_step.py", import.meta.url));

/** Python with JAX in a folder of its own, installed once; undefined, with the reason, where that is not possible. */
export async function jaxPython(): Promise<{ python: string } | { missing: string }> {
  const folder = join(cache, "bench", "jax");
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
