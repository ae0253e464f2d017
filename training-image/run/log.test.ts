import { describe, expect, it } from "vitest";
import { createLog, LogMemory } from "./log.ts";

describe("the log", () => {
  it("T-06 is JSON lines with level and time, remembered as they were written", () => {
    const written: string[] = [];
    const memory = new LogMemory({ write: (line) => void written.push(line) });
    createLog(memory).info({ step: "train" }, "done");
    expect(JSON.parse(written[0]!)).toMatchObject({ level: "info", step: "train", msg: "done" });
    expect((JSON.parse(written[0]!) as { time: string }).time).toMatch(/^\d{4}-.*Z$/);
    expect(memory.text()).toBe(written.join(""));
  });

  it("remembers the newest lines where it is a lot", () => {
    const memory = new LogMemory({ write: () => {} }, 3);
    for (let line = 1; line <= 20; line++) memory.write(`${line}\n`);
    expect(memory.text()).toBe("18\n19\n20\n");
  });
});
