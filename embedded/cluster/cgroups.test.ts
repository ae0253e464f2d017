import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hierarchies, makeCgroups, removeCgroups } from "./cgroups.ts";

// Plain folders stand in for cgroups: the kernel's own files, which vanish with their cgroup, are not shown.
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "isotherm-cgroup-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function hierarchy(name: string, files: Record<string, string> = {}): void {
  mkdirSync(join(root, name));
  for (const [file, text] of Object.entries({ "cgroup.procs": "", ...files })) {
    writeFileSync(join(root, name, file), text);
  }
}

describe("cgroups of an instance", () => {
  it("are made in each hierarchy of cgroup v1 and removed with all below them", async () => {
    hierarchy("cpu");
    hierarchy("memory");
    mkdirSync(join(root, "not-a-hierarchy"));
    makeCgroups(2, root);
    mkdirSync(join(root, "memory/isotherm-2/kubepods/pod1/container"), { recursive: true });
    expect(existsSync(join(root, "cpu/isotherm-2/node"))).toBe(true);
    expect(existsSync(join(root, "not-a-hierarchy/isotherm-2"))).toBe(false);
    expect(await removeCgroups(2, root)).toBe(2);
    expect(existsSync(join(root, "memory/isotherm-2"))).toBe(false);
  });

  it("leave another instance's alone", async () => {
    hierarchy("cpu");
    makeCgroups(1, root);
    makeCgroups(2, root);
    await removeCgroups(2, root);
    expect(existsSync(join(root, "cpu/isotherm-1/node"))).toBe(true);
  });

  it("get the processors of their parent, without which cgroup v1 refuses processes", () => {
    hierarchy("cpuset", {
      "cpuset.cpus": "0-1\n",
      "cpuset.mems": "0\n",
      "cpuset.sched_load_balance": "1\n",
    });
    makeCgroups(0, root);
    expect(readFileSync(join(root, "cpuset/isotherm-0/cpuset.cpus"), "utf8")).toBe("0-1\n");
  });

  it("weigh as much as the machine's processors and one more for the cluster's own parts", () => {
    const parts = availableParallelism() + 1;
    hierarchy("cpu");
    mkdirSync(join(root, "cpu/isotherm-0"));
    const shares = join(root, "cpu/isotherm-0/cpu.shares");
    writeFileSync(shares, "1024");
    makeCgroups(0, root);
    expect(readFileSync(shares, "utf8")).toBe(String(parts * 1024));

    writeFileSync(join(root, "cgroup.controllers"), "cpu");
    mkdirSync(join(root, "isotherm-0"));
    writeFileSync(join(root, "isotherm-0/cgroup.controllers"), "cpu");
    const weight = join(root, "isotherm-0/cpu.weight");
    writeFileSync(weight, "100");
    makeCgroups(0, root);
    expect(readFileSync(weight, "utf8")).toBe(String(parts * 100));
  });

  it("are one tree with cgroup v2, its controllers handed down", () => {
    writeFileSync(join(root, "cgroup.controllers"), "cpu");
    mkdirSync(join(root, "isotherm-0"));
    writeFileSync(join(root, "isotherm-0/cgroup.controllers"), "cpu");
    expect(hierarchies(root)).toEqual([root]);
    makeCgroups(0, root);
    expect(readFileSync(join(root, "cgroup.subtree_control"), "utf8")).toBe("+cpu");
    expect(readFileSync(join(root, "isotherm-0/cgroup.subtree_control"), "utf8")).toBe("+cpu");
    expect(existsSync(join(root, "isotherm-0/node"))).toBe(true);
  });
});
