import { expect, test } from "vitest";
import { versions } from "../embedded/versions.ts";
import { chooseImages, clusterRoles, environmentRoles, metricsRoles } from "./images.ts";

const allRoles = [...clusterRoles, ...metricsRoles, ...environmentRoles];

const built = Object.fromEntries(allRoles.map((role) => [role, `localhost/isotherm/${role}:1`]));

test("a cluster that can pull gets public images, and built ones of what has no public home", () => {
  const images = chooseImages(allRoles, { overrides: {}, built, pullsPublic: true });
  const own = allRoles.filter((role) => images[role] === built[role]);
  expect(own).toEqual(["mlflow", "training", "serving"]);
  expect(images.postgres).toMatch(/^postgres:/);
});

test("this machine's own cluster gets what was built", () => {
  const images = chooseImages(allRoles, { overrides: {}, built, pullsPublic: false });
  expect(images).toEqual(built);
});

test.each([true, false])(
  "the stack file's image wins (the cluster can pull: %s)",
  (pullsPublic) => {
    const overrides = { mlflow: "r/mlflow:2", postgres: "r/postgres:2" };
    const images = chooseImages(environmentRoles, { overrides, built, pullsPublic });
    expect(images).toMatchObject(overrides);
  },
);

test("a public image is of the version that set-up builds", () => {
  const images = chooseImages(allRoles, { overrides: {}, built, pullsPublic: true });
  const tags = (["envoy-gateway", "envoy", "metrics-server", "postgres", "s3"] as const).map(
    (role) => /:(?:distroless-)?v?([\d.]+)(?:-\w+)?$/.exec(images[role])?.[1],
  );
  const { envoyGateway, envoy, metricsServer, postgres, versitygw } = versions;
  expect(tags).toEqual([envoyGateway, envoy, metricsServer, postgres, versitygw]);
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
  expect(choose).toThrow("no image for envoy-gateway, envoy: build them with `npm start`");
});
