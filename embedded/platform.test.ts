import { expect, test } from "vitest";
import { parseConfig } from "../infra/config.ts";
import { imageRoles } from "./images/index.ts";
import { askedImages } from "./platform.ts";

const cluster = (more: Record<string, unknown> = {}) =>
  parseConfig({
    "isotherm:role": "cluster",
    "isotherm:target": { kind: "cluster" },
    ...more,
  });
const install = { "isotherm:metrics": { server: "install" } };

test("metrics-server is built where a stack file asks for it, and a start without it does not wait for it", () => {
  expect(imageRoles).not.toContain("metrics-server");
  expect(askedImages([cluster()])).toEqual([]);
  expect(askedImages([cluster(install)])).toEqual(["metrics-server"]);
});

test("an image that the stack file names is not built", () => {
  const images = { "isotherm:images": { "metrics-server": "r/metrics-server:1" } };
  expect(askedImages([cluster({ ...install, ...images })])).toEqual([]);
});
