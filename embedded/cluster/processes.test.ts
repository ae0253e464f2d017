import { describe, expect, it } from "vitest";
import { identify, isAlive, parseStat, type ProcessIdentity } from "./processes.ts";

const recorded: ProcessIdentity = { pid: 4711, startTicks: 100, bootId: "boot-a" };

describe("stale process records", () => {
  it("takes a process for alive when number, start and boot agree", () => {
    expect(isAlive(recorded, () => ({ ...recorded }))).toBe(true);
  });

  it("takes it for dead when nothing has the number", () => {
    expect(isAlive(recorded, () => undefined)).toBe(false);
  });

  it("is not fooled by a later process with the same number", () => {
    expect(isAlive(recorded, () => ({ ...recorded, startTicks: 101 }))).toBe(false);
  });

  it("is not fooled by the same number and ticks after a reboot", () => {
    expect(isAlive(recorded, () => ({ ...recorded, bootId: "boot-b" }))).toBe(false);
  });

  it.runIf(process.platform === "linux")("recognises this very process", () => {
    const self = identify(process.pid);
    expect(self && isAlive(self)).toBe(true);
  });
});

describe("/proc/<pid>/stat", () => {
  const tail = `S 7 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 8372 0 0`;

  it("is read past a command name with spaces and brackets", () => {
    expect(parseStat(`42 (a ) b (c) ${tail}`)).toEqual({
      state: "S",
      parent: 7,
      startTicks: 8372,
    });
  });

  it("that was cut off gives nothing", () => {
    expect(parseStat("42 (node) S 7 1")).toBeUndefined();
  });
});
