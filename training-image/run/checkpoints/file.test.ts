import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Checkpoint } from "../../workloads/workload.ts";
import { decodeCheckpoint, encodeCheckpoint } from "./file.ts";

const checkpoint: Checkpoint = {
  step: 7,
  numbers: { a: -3, counter: 2 ** 31 },
  vectors: {
    parameters: Float32Array.of(1, -0, Number.NaN, Infinity, 1e-45),
    mean: new Float32Array(),
  },
};

describe("a checkpoint as bytes", () => {
  it("comes back bit for bit, whatever its names and numbers are", () => {
    const name = fc.stringMatching(/^\w{1,8}$/u);
    const vectors = fc.dictionary(name, fc.float32Array());
    const numbers = fc.dictionary(name, fc.integer());
    fc.assert(
      fc.property(fc.nat(), vectors, numbers, (step, held, counted) => {
        const bytes = encodeCheckpoint({ step, vectors: held, numbers: counted }, "key");
        const { key, checkpoint: found } = decodeCheckpoint(bytes);
        expect(key).toBe("key");
        expect(found).toEqual({ step, vectors: { ...held }, numbers: { ...counted } });
      }),
    );
    const { checkpoint: found } = decodeCheckpoint(encodeCheckpoint(checkpoint, "key"));
    const bits = ({ vectors: held }: Checkpoint) => Buffer.from(held["parameters"]!.buffer);
    expect(bits(found).equals(bits(checkpoint))).toBe(true);
  });

  it("is refused with any one bit changed, cut short anywhere, or longer", () => {
    const bytes = encodeCheckpoint(checkpoint, "key");
    for (let place = 0; place < bytes.length; place++) {
      const changed = Buffer.from(bytes);
      changed[place]! ^= 1 << (place % 8);
      expect(() => decodeCheckpoint(changed)).toThrow("checksum");
      expect(() => decodeCheckpoint(bytes.subarray(0, place))).toThrow("checksum");
    }
    expect(() => decodeCheckpoint(Buffer.concat([bytes, Buffer.of(0)]))).toThrow("checksum");
  });

  it("is not written with a number that JSON does not know", () => {
    const numbers = { a: Number.NaN };
    expect(() => encodeCheckpoint({ ...checkpoint, numbers }, "key")).toThrow("number 'a' is NaN");
  });
});
