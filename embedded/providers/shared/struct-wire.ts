import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/**
 * google.protobuf.Struct read from and written to its bytes directly. The generated classes make several objects for
 * each value, which for a stack of CustomResourceDefinitions (megabytes, several times a preview) costs seconds.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

// Tags of google/protobuf/struct.proto: field number * 8 + wire type.
const tag = { null: 0x08, number: 0x11, string: 0x1a, bool: 0x20, struct: 0x2a, list: 0x32 };
const entryTag = 0x0a;
const keyTag = 0x0a;
const valueTag = 0x12;

class Reader {
  readonly bytes: Buffer;
  at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  varint(): number {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = this.bytes.readUInt8(this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  text(): string {
    const length = this.varint();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }

  /** The end of the length-delimited field that begins here. */
  end(): number {
    const length = this.varint();
    return this.at + length;
  }
}

/** One entry of a Struct's map: its key and value. */
export function readEntry(bytes: Uint8Array): [key: string, value: Json] {
  return entry(new Reader(bytes), bytes.byteLength);
}

function entry(reader: Reader, end: number): [string, Json] {
  let [key, value]: [string, Json] = ["", null];
  while (reader.at < end) {
    const field = reader.varint();
    if (field === keyTag) key = reader.text();
    else if (field === valueTag) value = readValue(reader, reader.end());
    else throw new Error(`unexpected tag ${field} in an entry of google.protobuf.Struct`);
  }
  return [key, value];
}

function readValue(reader: Reader, end: number): Json {
  let value: Json = null;
  while (reader.at < end) {
    const field = reader.varint();
    switch (field) {
      case tag.null:
        reader.varint();
        value = null;
        break;
      case tag.number:
        value = reader.bytes.readDoubleLE(reader.at);
        reader.at += 8;
        break;
      case tag.string:
        value = reader.text();
        break;
      case tag.bool:
        value = reader.varint() !== 0;
        break;
      case tag.struct:
        value = readStruct(reader, reader.end());
        break;
      case tag.list:
        value = readList(reader, reader.end());
        break;
      default:
        throw new Error(`unexpected tag ${field} in google.protobuf.Value`);
    }
  }
  return value;
}

function readStruct(reader: Reader, end: number): JsonObject {
  const object: JsonObject = {};
  while (reader.at < end) {
    reader.varint();
    const [key, value] = entry(reader, reader.end());
    object[key] = value;
  }
  return object;
}

function readList(reader: Reader, end: number): Json[] {
  const list: Json[] = [];
  while (reader.at < end) {
    reader.varint();
    list.push(readValue(reader, reader.end()));
  }
  return list;
}

/** Writes back to front: a field's length is then known when it is due, without measuring first. */
class Writer {
  #bytes = Buffer.allocUnsafe(1024);
  #at = 1024;

  get length(): number {
    return this.#bytes.length - this.#at;
  }

  #reserve(count: number): void {
    if (count <= this.#at) return;
    const grown = Buffer.allocUnsafe(2 * (this.length + count));
    const at = grown.length - this.length;
    this.#bytes.copy(grown, at, this.#at);
    [this.#bytes, this.#at] = [grown, at];
  }

  varint(value: number): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    this.#reserve(length);
    this.#at -= length;
    this.#bytes.write(value, this.#at);
    this.varint(length);
  }

  /** A length-delimited field whose content `write` writes. */
  field(fieldTag: number, write: () => void): void {
    const before = this.length;
    write();
    this.varint(this.length - before);
    this.varint(fieldTag);
  }

  result(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }
}

/** The bytes of one entry of a Struct's map. */
export function writeEntry(key: string, value: Json): Uint8Array {
  const writer = new Writer();
  entryContent(writer, key, value);
  return writer.result();
}

function entryContent(writer: Writer, key: string, value: Json): void {
  writer.field(valueTag, () => writeValue(writer, value));
  writer.text(key);
  writer.varint(keyTag);
}

function writeValue(writer: Writer, value: Json): void {
  if (value === null) {
    writer.varint(0);
    writer.varint(tag.null);
  } else if (typeof value === "string") {
    writer.text(value);
    writer.varint(tag.string);
  } else if (typeof value === "number") {
    writer.double(value);
    writer.varint(tag.number);
  } else if (typeof value === "boolean") {
    writer.varint(Number(value));
    writer.varint(tag.bool);
  } else if (Array.isArray(value)) {
    writer.field(tag.list, () => {
      for (const item of value.toReversed()) {
        writer.field(entryTag, () => writeValue(writer, item));
      }
    });
  } else {
    writer.field(tag.struct, () => {
      for (const [key, item] of Object.entries(value).toReversed()) {
        writer.field(entryTag, () => entryContent(writer, key, item));
      }
    });
  }
}

const contents = new WeakMap<Struct, JsonObject>();

/** The content of a Struct. */
export function contentOf(struct: Struct): JsonObject {
  return contents.get(struct) ?? (struct.toJavaScript() as JsonObject);
}

/** A Struct of this content, to be put into a message; its own accessors see nothing. */
export function structOf(content: JsonObject): Struct {
  const struct = new structProto.Struct();
  contents.set(struct, content);
  return struct;
}

// Messages reach their Struct fields through these two functions.
const generated = structProto.Struct.serializeBinaryToWriter;

structProto.Struct.deserializeBinaryFromReader = (struct, reader) => {
  const content: JsonObject = {};
  while (reader.nextField() && !reader.isEndGroup()) {
    const [key, value] = readEntry(reader.readBytes());
    content[key] = value;
  }
  contents.set(struct, content);
  return struct;
};

structProto.Struct.serializeBinaryToWriter = (struct, writer) => {
  const content = contents.get(struct);
  if (content === undefined) {
    generated(struct, writer);
    return;
  }
  for (const [key, value] of Object.entries(content)) writer.writeBytes(1, writeEntry(key, value));
};
