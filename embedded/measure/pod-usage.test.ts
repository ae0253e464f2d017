import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anonymousByPod, cores } from "./pod-usage.ts";

function cgroup(root: string, path: string, stat: string): void {
  mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, path, "memory.stat"), stat);
}

test("anonymous memory is read by pod, in both cgroup versions and every QoS class", () => {
  const root = mkdtempSync(join(tmpdir(), "isotherm-cgroups-"));
  cgroup(root, "poda-1", "cache 5\nrss 7\ntotal_cache 9\ntotal_rss 100\n");
  cgroup(root, "burstable/podb-2", "anon 200\nfile 3\n");
  cgroup(root, "besteffort/podc-3", "anon 0\n");
  expect(Object.fromEntries(anonymousByPod(root))).toEqual({ "a-1": 100, "b-2": 200, "c-3": 0 });
});

test("a memory.stat without anonymous memory is an error, not a zero", () => {
  const root = mkdtempSync(join(tmpdir(), "isotherm-cgroups-"));
  cgroup(root, "poda-1", "cache 5\n");
  expect(() => anonymousByPod(root)).toThrow("poda-1/memory.stat");
});

test("CPU quantities are read in cores, and anything else is an error", () => {
  expect([cores("20m"), cores("2"), cores("0.5")]).toEqual([0.02, 2, 0.5]);
  expect(() => cores("2Gi")).toThrow("2Gi");
});
