import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode } from "./codec.ts";
import type { Properties, Value } from "./values.ts";
import { Secret, unknown } from "./values.ts";

const signature = "4dabf18193072939515e22adb298388d";

function fromWire(object: Record<string, unknown>): Properties {
  type Wire = Parameters<typeof structProto.Struct.fromJavaScript>[0];
  return decode(structProto.Struct.fromJavaScript(object as Wire));
}

describe("property codec", () => {
  it("reads secrets, unknowns, outputs and resource references", () => {
    const read = fromWire({
      password: { [signature]: "1b47061264138c4ac30d75fd1eb44270", value: "hunter2" },
      later: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
      laterList: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
      output: { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: 3, secret: true },
      unresolved: { [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" },
      reference: { [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x", id: "ns/x" },
    });
    expect(read).toEqual({
      password: new Secret("hunter2"),
      later: unknown,
      laterList: unknown,
      output: new Secret(3),
      unresolved: unknown,
      reference: "ns/x",
    });
  });

  it("drops nulls wherever they are", () => {
    expect(fromWire({ a: null, b: { c: null, d: 1 }, e: [null, 2] })).toEqual({
      b: { d: 1 },
      e: [2],
    });
  });

  it("passes assets through as they came", () => {
    const asset = { [signature]: "c44067f5952c0a294b673a41bacd8c17", text: "hello", hash: "h" };
    expect(fromWire({ asset })).toEqual({ asset });
  });

  it("reads back whatever it writes", () => {
    const leaf = fc.oneof(
      fc.string().filter((text) => !/^[0-9a-f]{8}-/.test(text)),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((x) => !Object.is(x, -0)),
      fc.boolean(),
      fc.constant(unknown),
    );
    const key = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
        tie("value").map((inner) => new Secret(inner)),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (properties) => {
        expect(decode(encode(properties))).toEqual(properties);
      }),
    );
  });
});
