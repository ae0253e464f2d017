import { describe, expect, it } from "vitest";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { releaseDigest, type ReleaseManifest } from "./release.ts";
import { ReleaseMissingError, ReleaseStore } from "./release-store.ts";

/** Keeps objects in memory, in the order in which they were written. */
class MemoryStore {
  readonly objects = new Map<string, Uint8Array>();
  async get(bucket: string, key: string): Promise<Uint8Array | undefined> {
    return this.objects.get(`${bucket}/${key}`);
  }
  async putOnce(bucket: string, key: string, body: Uint8Array | string): Promise<boolean> {
    if (this.objects.has(`${bucket}/${key}`)) return false;
    this.objects.set(`${bucket}/${key}`, typeof body === "string" ? Buffer.from(body) : body);
    return true;
  }
}

const contents = new Map([
  ["model.onnx", Buffer.from("a model")],
  ["contract.json", Buffer.from("{}")],
]);
const file = (path: string, role: "model" | "contract") => {
  const bytes = contents.get(path)!;
  return { path, role, size: bytes.length, sha256: sha256Hex(bytes) };
};
const manifest: ReleaseManifest = {
  schema: "isotherm.dev/release/v1",
  model: "demo",
  files: [file("model.onnx", "model"), file("contract.json", "contract")],
  evidence: {
    schema: "isotherm.dev/evidence/v1",
    run: { id: "r", experiment: "demo" },
    trainedAt: "2026-01-02T03:04:05.678Z",
    metrics: { error: "NaN" },
    params: {},
    lineage: {
      environment: "dev",
      workload: "stub",
      gitCommit: "abc",
      image: "training:1",
      dataSet: { name: "stub", version: "1", sha256: "0".repeat(64), rows: 1 },
    },
  },
};
const fresh = () => {
  const memory = new MemoryStore();
  return { memory, store: new ReleaseStore(memory, "bucket") };
};

describe("ReleaseStore", () => {
  it("gives back a release by its digest, file by file", async () => {
    const { store } = fresh();
    const digest = await store.put(manifest, contents);
    expect(digest).toBe(releaseDigest(manifest));
    expect(await store.manifest(digest)).toEqual(manifest);
    for (const { path, sha256 } of manifest.files) {
      expect(await store.file(sha256)).toEqual(contents.get(path));
    }
  });

  it("writes the manifest last, as the text whose digest is its name", async () => {
    const { memory, store } = fresh();
    const digest = await store.put(manifest, contents);
    const last = [...memory.objects].at(-1)!;
    expect(last[0]).toBe(`bucket/releases/${digest}.json`);
    expect(Buffer.from(last[1]).toString()).toBe(canonicalJson(manifest));
    expect(sha256Hex(last[1])).toBe(digest);
  });

  it("changes nothing when the same release is stored again", async () => {
    const { memory, store } = fresh();
    await store.put(manifest, contents);
    const before = new Map(memory.objects);
    await store.put(manifest, contents);
    expect(memory.objects).toEqual(before);
  });

  it("writes nothing where a file is missing or is another one", async () => {
    const { memory, store } = fresh();
    const part = new Map([...contents].slice(0, 1));
    await expect(store.put(manifest, part)).rejects.toThrow("no content for contract.json");
    const swapped = new Map(contents).set("model.onnx", Buffer.from("b model"));
    await expect(store.put(manifest, swapped)).rejects.toThrow("model.onnx is not the file");
    expect(memory.objects.size).toBe(0);
  });

  it("tells a release that is not there", async () => {
    const { store } = fresh();
    await expect(store.manifest("f".repeat(64))).rejects.toThrow(ReleaseMissingError);
    await expect(store.file("f".repeat(64))).rejects.toThrow("ffffffffffff is not in the object");
  });

  it("refuses a manifest or a file that was altered where it lies", async () => {
    const { memory, store } = fresh();
    const digest = await store.put(manifest, contents);
    for (const [key, bytes] of memory.objects) {
      memory.objects.set(key, Buffer.concat([bytes, Buffer.from(" ")]));
    }
    await expect(store.manifest(digest)).rejects.toThrow("the stored manifest has digest");
    await expect(store.file(manifest.files[0]!.sha256)).rejects.toThrow("is damaged");
  });
});
