import { describe, expect, test } from "vitest";
import { canonicalJson } from "../contracts/canonical.ts";
import { keys } from "../contracts/names.ts";
import { shortDigest } from "../contracts/release.ts";
import { releaseDigest } from "./release-digest.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";
import { manifestOfWine, release } from "./testing/releases.ts";

const { digest, labels, data, asked } = release();
const name = asked.name ?? "";
const short = shortDigest(digest);

describe("release-digest", () => {
  test("a release as the program declares it passes", async () => {
    expect(await violations(releaseDigest, asked)).toEqual([]);
  });

  test("a metric edited in the manifest changes its digest", async () => {
    const better = canonicalJson(manifestOfWine({ metrics: { accuracy: 0.99 } }));
    const [message = "", ...others] = await violations(
      releaseDigest,
      release({}, { "manifest.json": better }).asked,
    );
    expect(message).toMatch(
      new RegExp(`^${name}: release ${short}: the stored manifest has digest [0-9a-f]{12}$`),
    );
    expect(others).toEqual([]);
  });

  test.each(["digest", "manifest.json", "evidence.json"])("without %s it fails", async (key) => {
    expect(await violations(releaseDigest, release({}, { [key]: undefined }).asked)).toEqual([
      `${name}: ${key} is missing`,
    ]);
  });

  test("evidence beside it that is not the manifest's fails", async () => {
    const edited = { "evidence.json": data["evidence.json"]?.replace("0.97", "0.99") };
    expect(await violations(releaseDigest, release({}, edited).asked)).toEqual([
      `${name}: evidence.json is not the manifest's evidence`,
    ]);
  });

  test("a label or a name of another release fails", async () => {
    const metadata = {
      name: "release-wine-000000000000",
      labels: { ...labels, [keys.release]: "0" },
    };
    const other = object("ConfigMap", "other", { metadata, data });
    expect(await violations(releaseDigest, other)).toEqual([
      `release-wine-000000000000: label ${keys.release} is 0, the manifest says ${short}`,
      `release-wine-000000000000: its name is release-wine-000000000000, the manifest says ${name}`,
    ]);
  });

  test("a release is known by its name where its labels are gone", async () => {
    const bare = object("ConfigMap", name, { data });
    expect(await violations(releaseDigest, bare)).toEqual([
      `${name}: label ${keys.release} is missing, the manifest says ${short}`,
      `${name}: label ${keys.model} is missing, the manifest says wine`,
    ]);
  });

  test("a text that is no manifest fails, whatever its digest", async () => {
    const text = canonicalJson({ schema: "isotherm.dev/release/v1" });
    const { createHash } = await import("node:crypto");
    const own = createHash("sha256").update(text).digest("hex");
    const [message] = await violations(
      releaseDigest,
      release({}, { digest: own, "manifest.json": text }).asked,
    );
    expect(message).toContain("not a release manifest");
  });

  test("other ConfigMaps are left alone, contents unknown or not", async () => {
    const metadata = {
      labels: { "app.kubernetes.io/component": "model-server" },
      name: unknown.text,
    };
    const config = object("ConfigMap", "config", { metadata, data: unknown.object });
    expect(await violations(releaseDigest, config)).toEqual([]);
    expect(await violations(releaseDigest, object("ConfigMap", "scripts"))).toEqual([]);
  });

  test("a release that is not known yet is neither passed nor failed", async () => {
    const later = object("ConfigMap", name, { metadata: { labels }, data: unknown.object });
    await expect(violations(releaseDigest, later)).rejects.toThrow(isUnknown);
  });
});
