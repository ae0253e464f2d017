import type { Value } from "./session.ts";

/** Zeros that several threads read and write. */
export function sharedFloats(length: number): Float32Array<SharedArrayBuffer> {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}

const copies = new WeakMap<object, Value["data"]>();

/** The same value in memory that threads share; made once, as long as nobody changes the original. */
export function share({ data, shape }: Value): Value {
  // Words cannot be shared: they are copied with the message.
  if (!ArrayBuffer.isView(data) || data.buffer instanceof SharedArrayBuffer) return { data, shape };
  const copy = copies.get(data) ?? sharedCopy(data);
  copies.set(data, copy);
  return { data: copy, shape };
}

function sharedCopy(data: Exclude<Value["data"], readonly string[]>): Value["data"] {
  const buffer = new SharedArrayBuffer(data.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return new (data.constructor as new (buffer: SharedArrayBuffer) => typeof data)(buffer);
}
