import { Command } from "commander";
import { expect, test } from "vitest";
import { backupFiles } from "../../contracts/backup.ts";
import { declare, generatedSecret, only, type Declared } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { variablesOf, wineTraining } from "../../test/trainings.ts";
import { backupCommand } from "../../training-image/commands/backup.ts";
import { networkPolicies } from "../foundation/network-flows.ts";
import { backupFlows, RegistryBackup, type RegistryBackupArgs } from "./registry-backup.ts";

const cronJob = "kubernetes:batch/v1:CronJob";

async function declareBackup(change: Partial<RegistryBackupArgs> = {}): Promise<Declared[]> {
  const { resources } = await declare(() => {
    const { registry } = wineTraining();
    new RegistryBackup("backup", {
      environment: "prod",
      namespace: "isotherm-prod",
      images: { postgres: "r/postgres:15", training: "r/training:1" },
      registry,
      destination: {
        endpoint: "https://s3.example",
        region: "eu-north-1",
        bucket: "backups",
        prefix: "isotherm/prod",
        secret: "backup-keys",
      },
      keep: 14,
      resources: { cpu: "100m", memory: "512Mi" },
      schedule: { cron: "30 1 * * *", timeZone: "Etc/UTC" },
      ...change,
    });
  });
  return resources.filter(({ name }) => name.startsWith("backup"));
}

const stepsOf = (resources: readonly Declared[], name: string) => {
  const [pod] = podsOf([only(resources, cronJob, name)]);
  if (pod === undefined) throw new Error(`${name} has no pod`);
  return { pod, names: pod.containers.map((container) => container["name"]) };
};

test("P-02 a backup dumps the database first, then copies objects; a drill and a restore wait to be asked", async () => {
  const resources = await declareBackup();
  expect(stepsOf(resources, "backup-backup").names).toEqual(["dump", "back-up"]);
  expect(stepsOf(resources, "backup-backup-verify").names).toEqual([
    "fetch",
    "restore-scratch",
    "check",
  ]);
  expect(stepsOf(resources, "backup-backup-restore").names).toEqual([
    "require-empty",
    "restore-objects",
    "restore-database",
  ]);
  const specOf = (name: string) => only(resources, cronJob, name).inputs["spec"];
  const never = { suspend: true, concurrencyPolicy: "Forbid" };
  expect(specOf("backup-backup")).toMatchObject({
    schedule: "30 1 * * *",
    timeZone: "Etc/UTC",
    suspend: false,
    concurrencyPolicy: "Forbid",
    jobTemplate: { spec: { backoffLimit: 3, activeDeadlineSeconds: 43_200 } },
  });
  expect(specOf("backup-backup-verify")).toMatchObject(never);
  expect(specOf("backup-backup-restore")).toMatchObject(never);
});

test("a drill runs by itself where it has a schedule", async () => {
  const drill = { cron: "0 4 * * 0", timeZone: "Europe/Helsinki" };
  const resources = await declareBackup({ drill });
  expect(only(resources, cronJob, "backup-backup-verify").inputs["spec"]).toMatchObject({
    schedule: "0 4 * * 0",
    timeZone: "Europe/Helsinki",
    suspend: false,
  });
});

test("every pod passes Pod Security restricted, has requests and limits, and no token of the API server", async () => {
  const pods = podsOf(await declareBackup());
  expect(pods).toHaveLength(3);
  expect(pods.flatMap(violations)).toEqual([]);
  for (const { spec } of pods) expect(spec["automountServiceAccountToken"]).toBe(false);
});

test("keys come from Secrets by name; a drill gets none of the registry's", async () => {
  const resources = await declareBackup();
  expect(JSON.stringify(resources)).not.toContain(generatedSecret);
  for (const pod of podsOf(resources)) {
    for (const index of pod.containers.keys()) {
      for (const { name, value } of variablesOf(pod, index)) {
        if (/PASSWORD|SECRET|ACCESS_KEY/.test(name)) expect(value, name).toBeUndefined();
      }
    }
  }
  const drill = JSON.stringify(stepsOf(resources, "backup-backup-verify").pod);
  expect(drill).toContain("backup-keys");
  expect(drill).not.toMatch(/AWS_|PGPASSWORD/);
});

test("P-02 the image's command knows every step and option that the Jobs give it", async () => {
  const pods = podsOf(await declareBackup());
  const own = pods.flatMap(({ containers }) =>
    containers.filter((container) => (container["command"] as string[])[0] === "node"),
  );
  const asked = new Map<string, unknown>();
  for (const container of own) {
    const backup = backupCommand({} as Parameters<typeof backupCommand>[0]);
    for (const step of backup.commands) {
      step.exitOverride().action((options: unknown) => void asked.set(step.name(), options));
    }
    const words = [container["command"], container["args"]].flat().slice(2) as string[];
    await new Command().addCommand(backup).parseAsync(words, { from: "user" });
  }
  expect([...asked.keys()].sort()).toEqual(["check", "fetch", "restore", "run"]);
  for (const options of asked.values()) {
    expect(options).toMatchObject({
      destination: "https://s3.example",
      destinationRegion: "eu-north-1",
      destinationBucket: "backups",
      prefix: "isotherm/prod",
      dump: "/backup",
    });
  }
  expect(asked.get("run")).toMatchObject({
    environment: "prod",
    keep: 14,
    endpoint: "http://s3:7070",
    bucket: "isotherm",
  });
});

test("the steps of PostgreSQL's tools hand over the files that ours read, and print no password", async () => {
  const pods = podsOf(await declareBackup());
  const scripts = pods.flatMap(({ containers }) =>
    containers.flatMap(({ command }) =>
      (command as string[])[0] === "/bin/sh" ? [(command as string[])[2] ?? ""] : [],
    ),
  );
  expect(scripts).toHaveLength(4);
  for (const file of [backupFiles.at, backupFiles.program, backupFiles.database]) {
    expect(
      scripts.some(
        (script) => script.includes(`> "$DUMP/${file}"`) || script.includes(`="$DUMP/${file}"`),
      ),
    ).toBe(true);
  }
  for (const script of scripts) expect(script).not.toMatch(/PASSWORD|set -x/);
});

test("Kubernetes hands the scripts to the shell as they are: it would make one dollar of two", async () => {
  const resources = await declareBackup();
  const names = ["backup-backup", "backup-backup-verify", "backup-backup-restore"];
  const commands = names.flatMap((name) =>
    stepsOf(resources, name).pod.containers.flatMap((container) => container["command"]),
  );
  expect(commands.join("\n")).toContain("pg_dump");
  expect(commands.filter((part) => String(part).includes("$$"))).toEqual([]);
});

test("a network policy lets all of them to the destination, and only a backup and a restore to the registry", async () => {
  const resources = await declareBackup();
  const policy = only(resources, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
  expect(policy.inputs["spec"]).toEqual({
    podSelector: {
      matchExpressions: [
        {
          key: "app.kubernetes.io/component",
          operator: "In",
          values: ["backup", "backup-verify"],
        },
      ],
    },
    policyTypes: ["Egress"],
    egress: [
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0" } }, { ipBlock: { cidr: "::/0" } }],
        ports: [{ protocol: "TCP", port: 443 }],
      },
    ],
  });
  const inside = networkPolicies(backupFlows).map(({ name }) => name);
  expect(inside).toContain("allow-backup");
  expect(inside).not.toContain("allow-backup-verify");
});
