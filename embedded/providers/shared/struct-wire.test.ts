import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "./struct-wire.ts";
import { contentOf, structOf } from "./struct-wire.ts";

// With a letter first: JavaScript gives keys that look like indexes an order of their own.
const key = fc.string().map((text) => `k${text}`);
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const object = fc.dictionary(key, value, { noNullPrototype: true });

/** The generated code writes keys in order; the order means nothing. */
function inOrder(given: Json): Json {
  if (Array.isArray(given)) return given.map(inOrder);
  if (given === null || typeof given !== "object") return given;
  const keys = Object.keys(given).sort();
  return Object.fromEntries(keys.map((name) => [name, inOrder(given[name] ?? null)]));
}

const through = (content: JsonObject): JsonObject =>
  contentOf(structProto.Struct.deserializeBinary(structOf(content).serializeBinary()));

describe("google.protobuf.Struct on the wire", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(object, (content) => {
        expect(through(content)).toEqual(content);
      }),
    );
  });

  it("is written as the generated code reads and writes it", () => {
    fc.assert(
      fc.property(object, (content) => {
        const generated = structProto.Struct.fromJavaScript(content);
        const ours = structOf(inOrder(content) as JsonObject).serializeBinary();
        expect(
          contentOf(structProto.Struct.deserializeBinary(generated.serializeBinary())),
        ).toEqual(content);
        expect(Buffer.from(ours)).toEqual(Buffer.from(generated.serializeBinary()));
      }),
    );
  });

  it("takes texts longer than its first buffer", () => {
    const content = { long: "ä".repeat(100_000), list: Array.from({ length: 5000 }, (_, i) => i) };
    expect(through(content)).toEqual(content);
  });
});
