import { describe, expect, it } from "vitest";
import { CommandError } from "./command.ts";
import { isOutOfReach, isPatient, reach } from "./official.ts";

describe("an official download", () => {
  it.each([
    ["an answer that is a refusal", new Error("https://example.org/x answered 403")],
    ["a time-out", new DOMException("The operation was aborted due to timeout", "TimeoutError")],
    ["a command that cannot reach its host", new CommandError("pulumi: failed", "dial tcp: i/o")],
  ])("is out of reach after %s", (_, error) => {
    expect(isOutOfReach(error)).toBe(true);
  });

  it("is out of reach where nothing listens", async () => {
    const error: unknown = await reach("http://127.0.0.1:1/x").catch((found: unknown) => found);
    expect(isOutOfReach(error)).toBe(true);
  });

  it.each([
    ["a full disk", Object.assign(new Error("ENOSPC: no space left on device, write"), {})],
    ["a full disk under a command", new CommandError("tar: failed", "No space left on device")],
    ["a command that is missing", new CommandError("tar: did not run (ENOENT)", "")],
    ["a wrong checksum", new Error("x.tar.gz: its checksum is 1, the release says 2")],
    ["a mistake of ours", new TypeError("x is not a function")],
  ])("is not called out of reach after %s", (_, error) => {
    expect(isOutOfReach(error)).toBe(false);
  });

  it("is asked for again a day after it was refused, and where the clock was set back", () => {
    const day = 24 * 60 * 60 * 1_000;
    expect(isPatient(day, day + 1)).toBe(true);
    expect(isPatient(day, 2 * day)).toBe(false);
    expect(isPatient(day, day - 1)).toBe(false);
    expect(isPatient(undefined, day)).toBe(false);
  });
});
