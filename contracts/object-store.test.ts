import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ObjectStore, ObjectStoreError, type ObjectStoreOptions } from "./object-store.ts";
import { FakeS3 } from "./testing/fake-s3.ts";

/** The S3 client against a fake, which does not check signatures. */
let server: FakeS3;
beforeEach(async () => {
  server = await new FakeS3("key").listen();
  server.buckets.add("b");
});
afterEach(() => server.close());
const store = (options: Partial<ObjectStoreOptions> = {}) =>
  new ObjectStore({
    endpoint: server.url,
    region: "us-east-1",
    accessKeyId: "key",
    secretAccessKey: "secret",
    retryDelayMs: 1,
    ...options,
  });

describe("ObjectStore", () => {
  it("writes a key once: the first content stays", async () => {
    expect(await store().putOnce("b", "a/key", "first")).toBe(true);
    expect(await store().putOnce("b", "a/key", "second")).toBe(false);
    expect(new TextDecoder().decode(await store().get("b", "a/key"))).toBe("first");
  });

  it("gives back bytes as they were, also none at all", async () => {
    const bytes = Uint8Array.of(0, 1, 254, 255);
    await store().putOnce("b", "bytes", bytes);
    await store().putOnce("b", "empty", new Uint8Array());
    expect(await store().get("b", "bytes")).toEqual(bytes);
    expect(await store().get("b", "empty")).toEqual(new Uint8Array());
  });

  it("tells a key that is not there from a bucket that is not there", async () => {
    expect(await store().get("b", "none")).toBeUndefined();
    await expect(store().get("none", "key")).rejects.toThrow("404 NoSuchBucket");
  });

  it("writes over a key where it is told to, and deletes one, there or not", async () => {
    await store().put("b", "key", "first");
    await store().put("b", "key", "second");
    expect(new TextDecoder().decode(await store().get("b", "key"))).toBe("second");
    for (let time = 0; time < 2; time++) await store().delete("b", "key");
    expect(await store().get("b", "key")).toBeUndefined();
    await expect(store().put("none", "key", "x")).rejects.toThrow("404 NoSuchBucket");
  });

  it("is as patient with one request as it is told for it", async () => {
    server.weather.strike = () => "hang";
    // Long enough for a busy machine to send it at all.
    const work = store().put("b", "key", "x", { retries: 0, timeoutMs: 1_000 });
    await expect(work).rejects.toThrow(/timeout/);
    expect(server.requests).toHaveLength(1);
  });

  it("knows whether a key is there without reading it", async () => {
    await store().putOnce("b", "there", "x");
    expect(await store().has("b", "there")).toBe(true);
    expect(await store().has("b", "not there")).toBe(false);
    await expect(store({ accessKeyId: "other" }).has("b", "there")).rejects.toThrow("403");
  });

  it("lists keys below a prefix over all pages, whatever they are called", async () => {
    const keys = ["a/1.json", "a/2 & <3>.json", "a/50%?#+.png", "a/b/10", "a/b/9", "a/é"];
    for (const key of ["a", "b/1", ...keys]) await store().putOnce("b", key, "x");
    expect(await store().list("b", "a/")).toEqual(keys);
    for (const key of keys) expect(await store().has("b", key), key).toBe(true);
    expect(await store().list("b", "a/b/10")).toEqual(["a/b/10"]);
    expect(await store().list("b", "none/")).toEqual([]);
    await expect(store().list("none", "a")).rejects.toThrow("404 NoSuchBucket");
    const modified = new Date("2026-03-01T12:00:00.000Z");
    server.modified.set("b/b/1", modified);
    expect(await store().listEntries("b", "b/")).toEqual([
      { key: "b/1", modified, size: 1, etag: '"9dd4e461268c8034f5c8564e155c67a6"' },
    ]);
  });

  it("makes a bucket that is missing and leaves one that is there", async () => {
    for (let time = 0; time < 2; time++) await store().createBucket("new");
    expect(server.buckets.has("new")).toBe(true);
  });

  it("signs every request and never sends the secret", async () => {
    await store().get("b", "none");
    const [request] = server.requests;
    expect(request!.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\//);
    expect(JSON.stringify(request!.headers)).not.toContain("secret");
  });

  it.each([
    ["a cut connection", "drop"],
    ["429", { status: 429, body: "" }],
    ["503", { status: 503, body: "" }],
  ] as const)("tries again after %s, with the whole body", async (_, weather) => {
    let failures = 2;
    server.weather.strike = () => (failures-- > 0 ? weather : undefined);
    await store().putOnce("b", "key", Uint8Array.of(1, 2, 3));
    expect(server.requests).toHaveLength(3);
    expect(server.objects.get("b/key")).toEqual(Buffer.of(1, 2, 3));
  });

  it.each(["cut", "stall"] as const)(
    "reads an object again whose body was %s in the middle",
    async (weather) => {
      const content = "0123456789".repeat(1000);
      await store().putOnce("b", "key", content);
      let failures = 2;
      server.weather.strike = () => (failures-- > 0 ? weather : undefined);
      const bytes = await store({ timeoutMs: 200 }).get("b", "key");
      expect(new TextDecoder().decode(bytes)).toBe(content);
      expect(failures).toBe(-1);
    },
  );

  it("gives up after the tries it was given, and on a server that does not answer", async () => {
    server.weather.strike = () => ({ status: 503, body: "<Code>SlowDown</Code>" });
    await expect(store({ retries: 1 }).get("b", "k")).rejects.toThrow("503 SlowDown");
    expect(server.requests).toHaveLength(2);
    server.weather.strike = () => "hang";
    await expect(store({ retries: 0, timeoutMs: 20 }).get("b", "k")).rejects.toThrow(/timeout/);
  });

  it("does not ask again where its credentials are refused", async () => {
    const error = await store({ accessKeyId: "other" })
      .get("b", "k")
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ObjectStoreError);
    expect(error).toMatchObject({ status: 403, code: "InvalidAccessKeyId" });
    expect(server.requests).toHaveLength(1);
  });
});
