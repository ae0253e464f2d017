import { describe, expect, test } from "vitest";
import { imageFaults, noLatestImage } from "./no-latest-image.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const digest = `sha256:${"0".repeat(64)}`;

describe("no-latest-image", () => {
  test.each([
    "postgres:18.1",
    "localhost/isotherm/serving:0.1.0",
    "registry.example:5000/serving:v2",
    `serving@${digest}`,
    `registry.example:5000/serving:latest@${digest}`,
  ])("%s passes", (image) => {
    expect(imageFaults([{ name: "server", image }])).toEqual([]);
  });

  test.each([
    ["serving", "has no tag"],
    ["registry.example:5000/serving", "has no tag"],
    ["serving:", "has no tag"],
    ["serving:latest", "is latest"],
    ["serving@sha256:12", "has no tag"],
  ])("%s fails: it %s", (image, fault) => {
    expect(imageFaults([{ name: "server", image }])).toEqual([
      `container server: image ${image} ${fault}; give it a version or a digest`,
    ]);
  });

  test("a container without an image fails, and one without a name is reported", () => {
    expect(imageFaults([{}])).toEqual(["container without a name: has no image"]);
  });

  test("an image that is not known yet is neither passed nor failed", async () => {
    const server = object("Deployment", "it", { spec: running({ image: unknown.text }) });
    await expect(violations(noLatestImage, server)).rejects.toThrow(isUnknown);
  });

  test("each container of a workload is reported on its own", async () => {
    const pod = {
      initContainers: [{ name: "init", image: "a:latest" }],
      containers: [
        { name: "good", image: "b:1" },
        { name: "bad", image: "c" },
      ],
    };
    expect(await violations(noLatestImage, object("Pod", "it", { spec: pod }))).toEqual([
      "container init: image a:latest is latest; give it a version or a digest",
      "container bad: image c has no tag; give it a version or a digest",
    ]);
  });
});
