import { execFileSync } from "node:child_process";
import { projectRoot } from "../../embedded/paths.ts";

/** Commit of the sources, for lineage; `-dirty` where files differ from it, `unknown` outside a git checkout. */
export function gitCommit(): string {
  try {
    const args = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
    return execFileSync("git", args, {
      cwd: projectRoot,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}
