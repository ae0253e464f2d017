import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cgroupName } from "./node-config.ts";

const root = "/sys/fs/cgroup";

/** Folders in which a cgroup has to be made: one a controller with cgroup v1, the root itself with v2. */
export function hierarchies(mountRoot: string = root): string[] {
  if (existsSync(join(mountRoot, "cgroup.controllers"))) return [mountRoot];
  return readdirSync(mountRoot)
    .map((name) => join(mountRoot, name))
    .filter((folder) => existsSync(join(folder, "cgroup.procs")));
}

/** Makes the cgroups of an instance in every hierarchy: one for its own parts, beside which the kubelet puts pods. */
export function makeCgroups(index: number, mountRoot: string = root): void {
  for (const hierarchy of hierarchies(mountRoot)) {
    if (hierarchy === mountRoot) enableControllers(hierarchy);
    const instance = join(hierarchy, cgroupName(index));
    mkdirSync(instance, { recursive: true });
    copyCpuset(hierarchy, instance);
    weighProcessors(instance);
    if (hierarchy === mountRoot) enableControllers(instance);
    const node = join(instance, "node");
    mkdirSync(node, { recursive: true });
    copyCpuset(instance, node);
  }
}

/** Removes them, waiting up to 10 s for dying processes. Resolves to how many hierarchies held one. */
export async function removeCgroups(index: number, mountRoot: string = root): Promise<number> {
  const found = hierarchies(mountRoot)
    .map((hierarchy) => join(hierarchy, cgroupName(index)))
    .filter(existsSync);
  for (const folder of found) {
    const deadline = Date.now() + 10_000;
    while (!removeTree(folder)) {
      if (Date.now() > deadline)
        throw new Error(`${folder}: still in use, a process of it lives on`);
      await sleep(50);
    }
  }
  return found.length;
}

function removeTree(folder: string): boolean {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && !removeTree(join(folder, entry.name))) return false;
    }
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}

// With cgroup v1 a new cpuset has no processor and no memory node, and refuses processes until it is given some.
function copyCpuset(parent: string, child: string): void {
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (!existsSync(join(parent, file)) || !existsSync(join(parent, "cpuset.sched_load_balance")))
      continue;
    writeFileSync(join(child, file), readFileSync(join(parent, file)));
  }
}

// The kubelet gives pods the weight of all processors, as if their cgroup were next to the machine's services. Here it is
// one cgroup further down, and would have no more than any one process beside the cluster.
function weighProcessors(instance: string): void {
  const parts = availableParallelism() + 1;
  for (const [file, ofOne] of [
    ["cpu.shares", 1024],
    ["cpu.weight", 100],
  ] as const) {
    const path = join(instance, file);
    if (existsSync(path)) writeFileSync(path, String(Math.min(parts * ofOne, 100 * ofOne)));
  }
}

// With cgroup v2 a child only has the controllers that its parent hands down.
function enableControllers(folder: string): void {
  const controllers = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
  for (const controller of controllers.filter((name) => name !== "")) {
    try {
      writeFileSync(join(folder, "cgroup.subtree_control"), `+${controller}`);
    } catch {
      // Not every controller can be handed down; the kubelet names one that it misses.
    }
  }
}
