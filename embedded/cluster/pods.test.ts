import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerPids, stopPods } from "./pods.ts";

// Plain processes stand in for containers; containerd's folder of them is written by hand.
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isotherm-pods-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function container(id: string, type: string, pid: number): void {
  mkdirSync(join(folder, id));
  const spec = { annotations: { "io.kubernetes.cri.container-type": type } };
  writeFileSync(join(folder, id, "config.json"), JSON.stringify(spec));
  writeFileSync(join(folder, id, "init.pid"), String(pid));
}

async function shell(script: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn("sh", ["-c", `${script}; echo ready; while :; do sleep 0.01; done`]);
  await once(child.stdout, "data");
  return child as ChildProcess & { pid: number };
}

describe("containers of the node", () => {
  it("are those that are not sandboxes and have a process", () => {
    container("a", "container", 4711);
    container("b", "sandbox", 4712);
    mkdirSync(join(folder, "half-made"));
    expect(containerPids(folder)).toEqual([4711]);
  });

  it("are none where containerd never ran", () => {
    expect(containerPids(join(folder, "missing"))).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("stopping pods", () => {
  it("lets containers end by themselves and kills the one that does not", async () => {
    const [polite, stubborn] = await Promise.all([
      shell("trap 'exit 3' TERM"),
      shell("trap '' TERM"),
    ]);
    container("polite", "container", polite.pid);
    container("stubborn", "container", stubborn.pid);
    const ends = Promise.all([once(polite, "exit"), once(stubborn, "exit")]);
    expect(await stopPods(2_000, folder)).toBe(1);
    expect(await ends).toEqual([
      [3, null],
      [null, "SIGKILL"],
    ]);
  });
});
