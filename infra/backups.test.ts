import { expect, test } from "vitest";
import { freshEnvironment, mockTarget, programmedGateway } from "../test/mock-target.ts";
import { declare, only } from "../test/mocks.ts";
import { variablesOf } from "../test/trainings.ts";
import { podsOf } from "../test/pod-security.ts";
import { parseConfig } from "./config.ts";
import { declareEnvironment } from "./environment-stack.ts";
import type { EnvironmentConfig } from "./schema.ts";

async function environmentWith(backup: object | undefined) {
  const config = parseConfig({
    "isotherm:role": "environment",
    "isotherm:target": { kind: "cluster" },
    ...(backup === undefined ? {} : { "isotherm:backup": backup }),
  }) as EnvironmentConfig;
  const told: string[] = [];
  const say = (text: string) => void told.push(text);
  const state = { ...freshEnvironment("prod"), say };
  const { resources } = await declare(
    () => declareEnvironment(config, mockTarget(), state),
    programmedGateway,
  );
  const names = resources.map(({ name }) => name);
  // The store's account for backups is there before there is one.
  const ofBackup = names.filter((name) => /backup/.test(name) && !name.startsWith("registry-s3-"));
  return { resources, told, names, ofBackup };
}
const destination = { endpoint: "https://s3.example", bucket: "backups", secret: "backup-keys" };

test("P-02 an environment with a backup has its Jobs, the way to the registry, and a prefix of its own name", async () => {
  const { resources, names } = await environmentWith({ schedule: "30 1 * * *", destination });
  const job = only(resources, "kubernetes:batch/v1:CronJob", "backup-backup");
  const [pod] = podsOf([job]);
  expect(pod?.containers[1]?.["args"]).toEqual(expect.arrayContaining(["--prefix", "prod"]));
  expect(variablesOf(pod!, 0)).toContainEqual({ name: "PGHOST", value: "postgres" });
  expect(names).toContain("namespace-allow-backup");
});

test("without one there is nothing of it; a reason for none is said at every preview", async () => {
  const absent = await environmentWith(undefined);
  expect(absent.ofBackup).toEqual([]);
  expect(absent.told).toEqual([]);
  const none = await environmentWith({ none: "nowhere else to keep one" });
  expect(none.ofBackup).toEqual([]);
  expect(none.told).toEqual(["prod keeps no backups of its registry: nowhere else to keep one"]);
});
