import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { terminalProgress } from "./progress.ts";

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      written.push(chunk.toString());
      done();
    },
  });
  return {
    written,
    stream: Object.assign(stream, { isTTY, columns: 20 }) as unknown as NodeJS.WriteStream,
  };
};

describe("terminalProgress", () => {
  it("writes each line over the one before, no wider than the terminal, ten a second at most", () => {
    const { stream, written } = screen(true);
    let time = 1000;
    const progress = terminalProgress(stream, () => time);
    progress.show("one");
    progress.show("too soon");
    time += 100;
    progress.show("a line that is longer than twenty columns");
    progress.clear();
    progress.clear();
    const wipe = "\u001b[1G\u001b[2K";
    expect(written.join("")).toBe(`${wipe}one${wipe}a line that is long${wipe}`);
  });

  it("writes nothing where there is no terminal", () => {
    const { stream, written } = screen(false);
    const progress = terminalProgress(stream);
    progress.show("one");
    progress.clear();
    expect(written).toEqual([]);
  });
});
