import { expect, test } from "vitest";
import { chooseImages, clusterRoles, environmentRoles } from "./images.ts";

const built = Object.fromEntries(
  [...clusterRoles, ...environmentRoles].map((role) => [role, `localhost/isotherm/${role}:1`]),
);

test("an image that was built wins over a public one, and the stack file's over both", () => {
  const images = chooseImages(environmentRoles, {
    overrides: { mlflow: "r/mlflow:2" },
    built,
    pullsPublic: true,
  });
  expect(images.mlflow).toBe("r/mlflow:2");
  expect(images.postgres).toBe("localhost/isotherm/postgres:1");
});

test("a cluster that can pull needs no images of ours for its gateway", () => {
  const images = chooseImages(clusterRoles, { overrides: {}, built: undefined, pullsPublic: true });
  expect(Object.keys(images)).toEqual(["envoy-gateway", "envoy"]);
  for (const image of Object.values(images)) expect(image).toMatch(/:(?!latest)[\w.-]+$/);
});

test("every role without an image is named, with the command that makes it", () => {
  const choose = () =>
    chooseImages(environmentRoles, { overrides: {}, built: undefined, pullsPublic: true });
  expect(choose).toThrow(
    "no image for mlflow, training, serving: build them with `npm run images`",
  );
});

test("a cluster that cannot pull is not sent to a public registry", () => {
  const choose = () => chooseImages(clusterRoles, { overrides: {}, built: {}, pullsPublic: false });
  expect(choose).toThrow("no image for envoy-gateway, envoy");
});
