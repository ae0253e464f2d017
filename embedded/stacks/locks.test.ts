import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { clearAllDeadLocks, clearDeadLocks, StackBusyError } from "./locks.ts";

let state: string;
let folder: string;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "isotherm-locks-"));
  folder = join(state, ".pulumi", "locks", "organization", "isotherm", "dev");
  mkdirSync(folder, { recursive: true });
});

function writeLock(fields: { pid: number; hostname?: string; timestamp?: string }): void {
  const lock = {
    username: "u",
    hostname: hostname(),
    timestamp: new Date().toISOString(),
    ...fields,
  };
  writeFileSync(join(folder, "a.json"), JSON.stringify(lock));
}

function deadPid(): number {
  const child = spawnSync("true");
  return child.pid;
}

test("a lock left by a dead process is removed", () => {
  writeLock({ pid: deadPid() });
  expect(clearDeadLocks(state, "isotherm", "dev")).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test("a lock of a living process stays and is named", () => {
  writeLock({ pid: process.pid });
  expect(() => clearDeadLocks(state, "isotherm", "dev")).toThrow(StackBusyError);
  expect(() => clearDeadLocks(state, "isotherm", "dev")).toThrow(String(process.pid));
  expect(readdirSync(folder)).toEqual(["a.json"]);
});

test("a living process that only inherited the number does not hold the lock", () => {
  writeLock({ pid: process.pid, timestamp: "2001-01-01T00:00:00Z" });
  expect(clearDeadLocks(state, "isotherm", "dev")).toBe(1);
});

test("a lock of another machine stays", () => {
  writeLock({ pid: deadPid(), hostname: "another-machine" });
  expect(() => clearDeadLocks(state, "isotherm", "dev")).toThrow("another-machine");
});

test("a half-written lock is removed, and a stack without locks is fine", () => {
  writeFileSync(join(folder, "half.json"), '{"pid": 12');
  expect(clearDeadLocks(state, "isotherm", "dev")).toBe(1);
  expect(clearDeadLocks(state, "isotherm", "other")).toBe(0);
});

test("the locks of every stack of a project are looked at", () => {
  writeLock({ pid: deadPid() });
  expect(clearAllDeadLocks(state, "isotherm")).toBe(1);
  writeLock({ pid: process.pid });
  expect(() => clearAllDeadLocks(state, "isotherm")).toThrow(StackBusyError);
  expect(clearAllDeadLocks(join(state, "none"), "isotherm")).toBe(0);
});
