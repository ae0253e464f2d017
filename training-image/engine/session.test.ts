import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { add, scale } from "./ops.ts";
import { Session } from "./session.ts";
import { input } from "./tensor.ts";

const x = input("x", [3]);
const feeds = { x: { data: Float32Array.of(1, 2, 3), shape: [3] } };
let session: Session;
beforeAll(async () => {
  const outputs = { doubled: add(x, x), halved: scale(x, 0.5) };
  session = await Session.open(emit({ name: "two", inputs: [x], outputs }), {
    executionProvider: "cpu",
  });
});
afterAll(() => session.close());

describe("a session", () => {
  it("writes an output where it is told to, in memory that threads share as well", async () => {
    const whole = new Float32Array(new SharedArrayBuffer(20));
    const into = { doubled: { data: whole.subarray(1, 4), shape: [3] } };
    const { halved } = await session.run(feeds, into);
    expect([...whole]).toEqual([0, 2, 4, 6, 0]);
    expect([...(halved?.data as Float32Array)]).toEqual([0.5, 1, 1.5]);
  });

  it("refuses a place that an output does not fit into, and an output that is not there", async () => {
    const small = { doubled: { data: new Float32Array(2), shape: [2] } };
    await expect(session.run(feeds, small)).rejects.toThrow(/doubled|shape/i);
    const unknown = { tripled: { data: new Float32Array(3), shape: [3] } };
    await expect(session.run(feeds, unknown)).rejects.toThrow("tripled");
  });
});
