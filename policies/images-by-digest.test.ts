import { runtime } from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { chooseImages } from "../infra/images.ts";
import { imagesByDigest } from "./images-by-digest.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const named = (image: string | undefined) => object("Job", "it", { spec: running({ image }) });
const { postgres: publicPostgres } = chooseImages(["postgres"], {
  overrides: {},
  built: undefined,
  pullsPublic: true,
});
const byDigest = `registry.example/serving@sha256:${"0".repeat(64)}`;

afterEach(() => runtime.setAllConfig({}));

describe("images-by-digest", () => {
  test.each([byDigest, "localhost/isotherm/serving:0a1b2c"])("%s passes", async (image) => {
    expect(await violations(imagesByDigest, named(image))).toEqual([]);
  });

  test.each(["staging", "prod"])("an image with a tag alone fails on %s", async (stack) => {
    expect(
      await violations(imagesByDigest, named("registry.example/serving:2"), { stack }),
    ).toEqual([
      "container server: image registry.example/serving:2 is named by a tag, which can be moved; name it by its digest, " +
        "where the stack file names it (`docker buildx imagetools inspect registry.example/serving:2` shows it)",
    ]);
  });

  test.each([
    [
      "of the stack file",
      "registry.example:5000/serving:2",
      "serving",
      "registry.example:5000/serving",
    ],
    ["that is taken where the stack file says nothing", publicPostgres, "postgres", "postgres"],
  ])(
    "an image %s is refused with the setting that names it",
    async (_, image, role, repository) => {
      runtime.setAllConfig({
        "isotherm:images": JSON.stringify({ serving: "registry.example:5000/serving:2" }),
      });
      expect((await violations(imagesByDigest, named(image))).join()).toContain(
        `as \`isotherm:images.${role}: ${repository}@sha256:<digest>\` in the stack file`,
      );
    },
  );

  test("a digest that is cut short fails", async () => {
    expect(
      await violations(imagesByDigest, named("registry.example/serving@sha256:12")),
    ).toHaveLength(1);
  });

  test.each(["dev", "cluster"])("a tag passes on %s", async (stack) => {
    expect(await violations(imagesByDigest, named("registry.example/s:2"), { stack })).toEqual([]);
  });

  test("a container without an image is left to no-latest-image", async () => {
    expect(await violations(imagesByDigest, named(undefined))).toEqual([]);
  });

  test("an image that is not known yet is neither passed nor failed", async () => {
    await expect(violations(imagesByDigest, named(unknown.text))).rejects.toThrow(isUnknown);
  });

  test("config names other stacks, and no image that was built here", async () => {
    const config = { stacks: ["dev"], builtHere: [] };
    const image = "localhost/isotherm/serving:0a1b2c";
    expect(await violations(imagesByDigest, named(image), { stack: "dev", config })).toHaveLength(
      1,
    );
    expect(await violations(imagesByDigest, named(image), { config })).toEqual([]);
  });

  test("config that does not exist is refused by its key", async () => {
    const config = { stack: "prod" };
    await expect(violations(imagesByDigest, named(byDigest), { config })).rejects.toThrow("stack");
  });
});
