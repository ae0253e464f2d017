import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { lockStamp } from "../embedded/lock-stamp.mjs";
import { projectRoot } from "../embedded/paths.ts";

/**
 * Clones this checkout to a folder that is not there yet, with what is not committed on top and the same dependencies.
 * @throws Error where the dependencies are not those that package-lock.json pins
 */
export async function cloneProject(folder: string): Promise<void> {
  requireDependencies(projectRoot);
  await execa("git", ["clone", "--quiet", "--no-hardlinks", projectRoot, folder]);
  const list = ["ls-files", "-z", "--modified", "--others", "--exclude-standard"];
  const { stdout } = await execa("git", list, { cwd: projectRoot });
  for (const path of stdout.split("\0").filter((name) => name !== "")) {
    const from = join(projectRoot, path);
    const to = join(folder, path);
    rmSync(to, { force: true });
    if (!existsSync(from)) continue;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to);
  }
  symlinkSync(join(projectRoot, "node_modules"), join(folder, "node_modules"));
}

/** @throws Error where what is installed under `root` is not known to be what its package-lock.json pins */
export function requireDependencies(root: string): void {
  if (lockStamp(root).isCurrent()) return;
  throw new Error(
    `${join(root, "node_modules")} was not installed from the present package-lock.json by an npm script of this project: ` +
      "run the tests by `npm test`, which installs it first (`npm test -- <path>` for some of them)",
  );
}
