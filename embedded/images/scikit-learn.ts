import { readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { projectRoot } from "../paths.ts";
import type { Report } from "../report.ts";
import { installWheels } from "../toolchain/python.ts";

const contract = join(projectRoot, "test/run-contract");

/** The packages, with their hashes. */
export const requirements = join(contract, "requirements.txt");

/** The program that trains. */
export const trainer = join(contract, "train_wine.py");

/** Unpacks scikit-learn and skl2onnx with all that they need, for this machine's Python or the image's. */
export async function installScikitLearn(
  site: string,
  report: Report,
  target: "image" | "machine",
): Promise<void> {
  await installWheels(requirements, site, report, target);
  for (const unused of await testFolders(site)) await rm(unused, { recursive: true, force: true });
}

/** Half of all files are the packages' own tests; NumPy imports a part of its own. */
async function testFolders(site: string): Promise<string[]> {
  const entries = await readdir(site, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && /^tests?$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((folder) => !relative(site, folder).startsWith("numpy"));
}
