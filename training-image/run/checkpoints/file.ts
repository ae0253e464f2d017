import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { z } from "zod";
import type { Checkpoint } from "../../workloads/workload.ts";

/** A change of the layout below needs another number, so that no version reads what another one wrote. */
export const checkpointFormat = "isotherm-checkpoint/1";

const Header = z.strictObject({
  key: z.string(),
  step: z.int().nonnegative(),
  numbers: z.record(z.string(), z.number()),
  vectors: z.array(z.strictObject({ name: z.string(), length: z.int().nonnegative() })),
});

const digestLength = 32;

/**
 * A checkpoint as bytes: a line with the format, a line of JSON, the vectors as float32 in little-endian order, and
 * the SHA-256 of all of it.
 * @param key tells what the checkpoint is a state of
 * @throws RangeError where a number is not finite: JSON has no place for it
 */
export function encodeCheckpoint(checkpoint: Checkpoint, key: string): Uint8Array {
  const { step, vectors, numbers = {} } = checkpoint;
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) throw new RangeError(`checkpoint: number '${name}' is ${value}`);
  }
  const entries = Object.entries(vectors);
  const header: z.infer<typeof Header> = {
    key,
    step,
    numbers,
    vectors: entries.map(([name, { length }]) => ({ name, length })),
  };
  const start = Buffer.from(`${checkpointFormat}\n${JSON.stringify(header)}\n`);
  const content = Buffer.concat([
    start,
    ...entries.map(([, data]) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)),
  ]);
  return Buffer.concat([content, digest(content)]);
}

/** @throws Error that says in which way the bytes are no whole checkpoint */
export function decodeCheckpoint(bytes: Uint8Array): { key: string; checkpoint: Checkpoint } {
  const content = Buffer.from(bytes).subarray(0, -digestLength);
  if (!digest(content).equals(bytes.subarray(content.length))) {
    throw new Error("its checksum does not match its content");
  }
  const formatEnd = content.indexOf("\n");
  const format = content.toString("utf8", 0, formatEnd);
  if (format !== checkpointFormat) throw new Error(`its format is '${format}'`);
  const headerEnd = content.indexOf("\n", formatEnd + 1);
  const header = Header.parse(JSON.parse(content.toString("utf8", formatEnd + 1, headerEnd)));
  let place = headerEnd + 1;
  const vectors = header.vectors.map(({ name, length }) => {
    const end = place + length * Float32Array.BYTES_PER_ELEMENT;
    // Copied, because a view needs an offset that is a multiple of four.
    const data = new Float32Array(Uint8Array.from(content.subarray(place, end)).buffer);
    place = end;
    return [name, data] as const;
  });
  if (place !== content.length) throw new Error("it is longer or shorter than it says");
  const { key, step, numbers } = header;
  return { key, checkpoint: { step, numbers, vectors: Object.fromEntries(vectors) } };
}

function digest(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

if (endianness() !== "LE") throw new Error("checkpoints need a little-endian machine");
