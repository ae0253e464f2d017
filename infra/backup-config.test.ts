import { expect, test } from "vitest";
import { parseConfig } from "./config.ts";
import { environment, problemsOf } from "./testing/environment.ts";

const destination = { endpoint: "https://s3.example", bucket: "backups", secret: "backup-keys" };
const backup = (change: object = {}) => ({
  "isotherm:backup": { schedule: "30 1 * * *", destination, ...change },
});
const at = (path: string, message: string) => ({ path: `isotherm:backup.${path}`, message });

test("P-02 a backup needs a schedule and a destination; the rest has defaults", () => {
  expect(parseConfig({ ...environment, ...backup() })).toMatchObject({
    backup: {
      schedule: "30 1 * * *",
      timeZone: "Etc/UTC",
      keep: 14,
      destination: { ...destination, region: "us-east-1" },
      resources: { cpu: "100m", memory: "512Mi" },
    },
  });
  expect(parseConfig(environment)).not.toHaveProperty("backup");
});

test("an environment may say why it keeps none", () => {
  const none = { none: "a place to try things, from which nothing is missed" };
  expect(parseConfig({ ...environment, "isotherm:backup": none })).toMatchObject({ backup: none });
  expect(problemsOf({ "isotherm:backup": { none: "no" } })).toEqual([
    at("none", "must say why, in a sentence"),
  ]);
  expect(problemsOf({ "isotherm:backup": { ...none, keep: 3 } })).toEqual([
    at("keep", "unknown key"),
  ]);
});

test("every mistake is named with its path", () => {
  const wrong = {
    schedule: "at night",
    timeZone: "Mars/Olympus",
    keep: 1,
    drill: "1 2 3",
    destination: { endpoint: "s3.example", bucket: "My Bucket", prefix: "/a/", secret: "" },
  };
  const paths = problemsOf(backup(wrong)).map(({ path }) => path);
  expect(paths.sort()).toEqual(
    [
      ...["schedule", "timeZone", "keep", "drill"],
      ...["endpoint", "bucket", "prefix", "secret"].map((key) => `destination.${key}`),
    ]
      .map((key) => `isotherm:backup.${key}`)
      .sort(),
  );
});

test("keys have no place in a stack file", () => {
  const withKeys = { ...destination, accessKeyId: "AKIA", secretAccessKey: "s" };
  expect(problemsOf(backup({ destination: withKeys }))).toEqual([
    at("destination.accessKeyId", "unknown key"),
    at("destination.secretAccessKey", "unknown key"),
  ]);
  const inUrl = { ...destination, endpoint: "https://AKIA:s@s3.example" };
  expect(problemsOf(backup({ destination: inUrl }))).toEqual([
    at(
      "destination.endpoint",
      "must hold no credentials: they lie in the Secret that `secret` names",
    ),
  ]);
});
