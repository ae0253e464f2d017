import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { projectRoot } from "../embedded/paths.ts";

/** Clones this checkout to a folder that is not there yet, with what is not committed on top and the same dependencies. */
export async function cloneProject(folder: string): Promise<void> {
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
