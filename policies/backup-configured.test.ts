import { runtime } from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { backupConfigured } from "./backup-configured.ts";
import { isUnknown, stackViolations, unknown } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";

const labelled = (component: string, namespace = "isotherm-prod") => ({
  metadata: { namespace, labels: { "app.kubernetes.io/component": component } },
});
const database = object("StatefulSet", "postgres", labelled("database"));
const backup = (spec: object = {}, name = "backup", namespace?: string) =>
  object("CronJob", name, { ...labelled("backup", namespace), spec });
const missing =
  "the registry of isotherm-prod has no backup; say where it goes under isotherm:backup in the stack file, " +
  "or why there is none under isotherm:backup.none";
const inStackFile = (value: unknown) =>
  runtime.setAllConfig({ "isotherm:backup": JSON.stringify(value) });
const reason = { none: "this machine has nowhere else to keep one" };

afterEach(() => runtime.setAllConfig({}));

describe("backup-configured", () => {
  test("a registry with a backup on a schedule passes, and so does a stack without a registry", async () => {
    expect(await stackViolations(backupConfigured, [database, backup()])).toEqual([]);
    expect(await stackViolations(backupConfigured, [database, backup({ suspend: false })])).toEqual(
      [],
    );
    expect(await stackViolations(backupConfigured, [backup({ suspend: true })])).toEqual([]);
  });

  test("a registry without a backup fails, also where only the restore is there", async () => {
    expect(await stackViolations(backupConfigured, [database])).toEqual([missing]);
    const others = [backup({ suspend: true }, "backup-restore"), backup({}, "backup", "elsewhere")];
    expect(await stackViolations(backupConfigured, [database, ...others])).toEqual([missing]);
    const unlabelled = object("CronJob", "backup", { spec: {} });
    expect(await stackViolations(backupConfigured, [database, unlabelled])).toEqual([missing]);
  });

  test("a backup that is suspended fails", async () => {
    expect(await stackViolations(backupConfigured, [database, backup({ suspend: true })])).toEqual([
      "the registry of isotherm-prod has a backup that is suspended",
    ]);
  });

  test("a stack file that says why there is none passes; one that says nothing does not", async () => {
    inStackFile(reason);
    expect(await stackViolations(backupConfigured, [database])).toEqual([]);
    for (const value of [{ none: "" }, {}, { schedule: "0 2 * * *" }]) {
      inStackFile(value);
      expect(await stackViolations(backupConfigured, [database])).toEqual([missing]);
    }
  });

  test("whether it is suspended is not known yet: neither passed nor failed", async () => {
    const later = backup({ suspend: unknown.text });
    expect(await stackViolations(backupConfigured, [database, later])).toEqual([
      expect.stringMatching(isUnknown),
    ]);
  });

  test("config names other stacks than prod, and takes no reason for none", async () => {
    const on = (stack: string, config: object = {}) =>
      stackViolations(backupConfigured, [database], { stack, config });
    expect(await on("staging")).toEqual([]);
    expect(await on("staging", { stacks: ["staging"] })).toEqual([missing]);
    inStackFile(reason);
    expect(await on("prod", { allowNone: false })).toEqual([
      "the registry of isotherm-prod has no backup; say where it goes under isotherm:backup in the stack file: " +
        "its reason for none does not do here",
    ]);
  });
});
