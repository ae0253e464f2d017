import { expect, test } from "vitest";
import { manifestWith, stored } from "../test/releases.ts";
import {
  fileByRole,
  isSameRelease,
  parseRelease,
  releaseDigest,
  ReleaseManifest,
} from "./release.ts";

const manifest = manifestWith({ accuracy: 0.97 });

test("a release is named by the digest of its canonical manifest, and reads back", () => {
  const { digest, text } = stored(manifest);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(parseRelease(text, digest)).toEqual(manifest);
});

test("the order of keys does not change the name", () => {
  const { evidence, files, model, schema } = manifest;
  expect(releaseDigest({ evidence, files, model, schema })).toBe(releaseDigest(manifest));
});

test("another metric is another release", () => {
  expect(releaseDigest(manifestWith({ accuracy: 0.98 }))).not.toBe(releaseDigest(manifest));
});

test("a manifest that was edited in the store is refused by its digest", () => {
  const { digest, text } = stored(manifest);
  expect(() => parseRelease(text.replace("0.97", "0.99"), digest)).toThrow(
    /the stored manifest has digest/,
  );
});

test("a manifest in another byte form is refused too", () => {
  const { digest } = stored(manifest);
  expect(() => parseRelease(JSON.stringify(manifest, null, 2), digest)).toThrow(/digest/);
});

test.each([
  [
    "two models",
    [manifest.files[0], { ...manifest.files[0], path: "b.onnx" }, manifest.files[1]],
    "exactly one model",
  ],
  [
    "no contract",
    [manifest.files[0], { ...manifest.files[0], path: "b", role: "baseline" }],
    "exactly one contract",
  ],
  [
    "one path twice",
    [manifest.files[0], { ...manifest.files[1], path: "model.onnx" }],
    "share a path",
  ],
  [
    "a path that leaves the folder",
    [{ ...manifest.files[0], path: "../model.onnx" }, manifest.files[1]],
    "plain file name",
  ],
])("a manifest with %s is none", (_, files, message) => {
  const result = ReleaseManifest.safeParse({ ...manifest, files });
  expect(result.error?.issues.map((issue) => issue.message).join()).toContain(message);
});

test("files are found by role", () => {
  expect(fileByRole(manifest, "contract")?.path).toBe("contract.json");
  expect(fileByRole(manifest, "residual")).toBeUndefined();
});

test("a release is the same by its first digits and by all of them; no digits name none", () => {
  const digest = releaseDigest(manifest);
  expect(isSameRelease(digest, digest.slice(0, 12))).toBe(true);
  expect(isSameRelease(digest.slice(0, 12), digest)).toBe(true);
  expect(isSameRelease(digest, "0".repeat(12))).toBe(false);
  expect(isSameRelease("", digest)).toBe(false);
  expect(isSameRelease(digest, "")).toBe(false);
});
