import { readdirSync, readFileSync } from "node:fs";

/**
 * Kills a process and all that it started, at once and without a word, as a machine that goes down does. Children that
 * lead groups of their own, as Pulumi's plugins do, are among them.
 */
export function killTree(root: number): void {
  const children = new Map<number, number[]>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  for (const pid of tree) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name, in brackets, may hold anything.
    const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return Number(parent);
  } catch {
    return undefined;
  }
}
