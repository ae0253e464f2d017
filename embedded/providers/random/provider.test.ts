import providerProto from "@pulumi/pulumi/proto/provider_pb.js";
import { compareSync } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { decode, encode } from "../shared/codec.ts";
import type { Properties } from "../shared/values.ts";
import { revealAll, Secret, unknown } from "../shared/values.ts";
import { RandomProvider } from "./provider.ts";

const provider = new RandomProvider();
const urn = (kind: string): string => {
  const type = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`;
  return `urn:pulumi:dev::p::random:index/${type}:${kind}::x`;
};

async function create(kind: string, inputs: Properties, preview = false) {
  const request = new providerProto.CreateRequest();
  request.setUrn(urn(kind));
  request.setProperties(encode(inputs));
  request.setPreview(preview);
  const response = await provider.create(request);
  return { id: response.getId(), state: decode(response.getProperties()) };
}

async function replaces(kind: string, olds: Properties, news: Properties, ignore: string[] = []) {
  const request = new providerProto.DiffRequest();
  request.setUrn(urn(kind));
  request.setOlds(encode(olds));
  request.setNews(encode(news));
  request.setIgnorechangesList(ignore);
  return (await provider.diff(request)).getReplacesList();
}

async function importById(kind: string, id: string) {
  const request = new providerProto.ReadRequest();
  request.setUrn(urn(kind));
  request.setId(id);
  const response = await provider.read(request);
  return {
    id: response.getId(),
    state: decode(response.getProperties()),
    inputs: decode(response.getInputs()),
  };
}

describe("random provider", () => {
  it("keeps a password as the official provider does: id none, result and hash secret", async () => {
    const { id, state } = await create("RandomPassword", { length: 20, special: false });
    expect(id).toBe("none");
    expect(state["result"]).toBeInstanceOf(Secret);
    expect(state["bcryptHash"]).toBeInstanceOf(Secret);
    const { result, bcryptHash, ...rest } = revealAll(state);
    expect(result).toMatch(/^[a-zA-Z0-9]{20}$/);
    expect(bcryptHash).toMatch(/^\$2a\$10\$/);
    expect(compareSync(String(result), String(bcryptHash))).toBe(true);
    expect(rest).toEqual({
      __meta: '{"schema_version":"3"}',
      id: "none",
      length: 20,
      lower: true,
      minLower: 0,
      minNumeric: 0,
      minSpecial: 0,
      minUpper: 0,
      number: true,
      numeric: true,
      special: false,
      upper: true,
    });
  });

  it("gives an id in four notations that say the same", async () => {
    const { id, state } = await create("RandomId", { byteLength: 6, prefix: "p-" });
    const bytes = Buffer.from(id, "base64url");
    expect(bytes).toHaveLength(6);
    expect(state).toEqual({
      id,
      byteLength: 6,
      prefix: "p-",
      b64Url: `p-${id}`,
      b64Std: `p-${bytes.toString("base64")}`,
      hex: `p-${bytes.toString("hex")}`,
      dec: `p-${BigInt(`0x${bytes.toString("hex")}`)}`,
    });
  });

  it("puts prefix, words and separator into a pet's name", async () => {
    const { id } = await create("RandomPet", { prefix: "run", length: 3, separator: "." });
    expect(id).toMatch(/^run(\.[a-z]+){3}$/);
  });

  it("draws whole numbers between both bounds", async () => {
    const drawn = await Promise.all(
      Array.from({ length: 60 }, () => create("RandomInteger", { min: 1, max: 3 })),
    );
    const values = new Set(drawn.map(({ state }) => Number(state["result"])));
    expect([...values].every((value) => value >= 1 && value <= 3)).toBe(true);
    expect(drawn[0]?.id).toBe(String(drawn[0]?.state["result"]));
  });

  it("keeps random bytes out of the open state", async () => {
    const { state } = await create("RandomBytes", { length: 16 });
    expect(state["base64"]).toBeInstanceOf(Secret);
    expect(state["hex"]).toBeInstanceOf(Secret);
    expect(state).not.toHaveProperty("id");
  });

  it("makes nothing at preview", async () => {
    const { id, state } = await create("RandomPassword", { length: 8 }, true);
    expect(id).toBe("");
    expect(state).toMatchObject({ id: unknown, result: new Secret(unknown), length: 8 });
  });

  it("keeps secret keepers secret", async () => {
    const { state } = await create("RandomUuid", { keepers: { a: new Secret("s") } });
    expect(state["keepers"]).toBeInstanceOf(Secret);
  });

  it("makes a new value when a setting changes, and only then", async () => {
    const { state } = await create("RandomPassword", { length: 20, keepers: { a: "1" } });
    const same = { length: 20, keepers: { a: "1" } };
    expect(await replaces("RandomPassword", state, same)).toEqual([]);
    expect(await replaces("RandomPassword", state, { ...same, number: true, minLower: 0 })).toEqual(
      [],
    );
    expect(await replaces("RandomPassword", state, { ...same, keepers: { a: "2" } })).toEqual([
      "keepers",
    ]);
    expect(await replaces("RandomPassword", state, { ...same, keepers: { a: unknown } })).toEqual([
      "keepers",
    ]);
    expect(await replaces("RandomPassword", state, { ...same, length: 21 })).toEqual(["length"]);
    expect(await replaces("RandomPassword", state, { ...same, length: 21 }, ["length"])).toEqual(
      [],
    );
  });

  it("sees nothing to change in a state of the official provider", async () => {
    // From the official provider's recorded upgrade tests.
    const official = {
      __meta: '{"schema_version":"2"}',
      id: "z23C8WVlfAmX09Bv",
      length: 16,
      lower: true,
      minLower: 0,
      minNumeric: 0,
      minSpecial: 0,
      minUpper: 0,
      number: true,
      numeric: true,
      result: "z23C8WVlfAmX09Bv",
      special: false,
      upper: true,
    };
    expect(await replaces("RandomString", official, { length: 16, special: false })).toEqual([]);
  });

  it("imports values made elsewhere", async () => {
    const password = await importById("RandomPassword", "supersecret");
    expect(password.id).toBe("none");
    expect(password.state["result"]).toEqual(new Secret("supersecret"));
    expect(password.inputs).toMatchObject({ length: 11, lower: true });
    const random = await importById("RandomId", "p-,QfSwdw");
    expect(random.state).toMatchObject({ hex: "p-41f4b077", byteLength: 4, prefix: "p-" });
    const integer = await importById("RandomInteger", "5,1,6");
    expect(integer).toMatchObject({ id: "5", state: { result: 5, min: 1, max: 6 } });
    await expect(importById("RandomPet", "fine-cat")).rejects.toThrow(/cannot be imported/);
  });

  it("refuses settings that cannot be met, and kinds it does not have", async () => {
    const request = new providerProto.CheckRequest();
    request.setUrn(urn("RandomPassword"));
    request.setNews(encode({ length: 1, minLower: 2 }));
    const failures = (await provider.check(request)).getFailuresList();
    expect(failures.map((failure) => failure.getProperty())).toEqual(["length"]);
    await expect(create("RandomShuffle", {})).rejects.toThrow(/not supported by this stand-in/);
  });
});
