import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { contentOf, structOf } from "./struct-wire.ts";
import type { Json, JsonObject } from "./struct-wire.ts";
import type { Properties, Value } from "./values.ts";
import { isList, isProperties, Secret, Unknown, unknown } from "./values.ts";

// The engine's wire format: https://github.com/pulumi/pulumi, sdk/go/common/resource/properties.go.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels: ReadonlySet<string> = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Reads the properties of a request. Nulls are dropped, as absent and null mean the same to a provider. */
export function decode(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : decodeObject(contentOf(struct));
}

function decodeObject(object: JsonObject): Properties {
  const properties: Properties = {};
  for (const [key, item] of Object.entries(object)) {
    const value = decodeValue(item);
    if (value !== undefined) properties[key] = value;
  }
  return properties;
}

function decodeValue(value: Json): Value | undefined {
  if (value === null) return undefined;
  if (typeof value === "string") return unknownSentinels.has(value) ? unknown : value;
  if (typeof value !== "object") return value;
  if (Array.isArray(value)) {
    return value.map(decodeValue).filter((item) => item !== undefined);
  }
  switch (value[signatureKey]) {
    case secretSignature:
      return new Secret(decodeValue(value["value"] ?? null) ?? null);
    case outputSignature: {
      const inner = "value" in value ? (decodeValue(value["value"] ?? null) ?? null) : unknown;
      return value["secret"] === true ? new Secret(inner) : inner;
    }
    case resourceSignature:
      return decodeValue(value["id"] ?? value["urn"] ?? null);
    default:
      return decodeObject(value);
  }
}

/** Writes the properties of an answer. */
export function encode(properties: Properties): Struct {
  return structOf(encodeObject(properties));
}

function encodeObject(properties: Properties): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of Object.entries(properties)) object[key] = encodeValue(value);
  return object;
}

function encodeValue(value: Value): Json {
  if (value instanceof Unknown) return unknownString;
  if (value instanceof Secret) {
    return { [signatureKey]: secretSignature, value: encodeValue(value.value) };
  }
  if (isList(value)) return value.map(encodeValue);
  if (isProperties(value)) return encodeObject(value);
  return value;
}
