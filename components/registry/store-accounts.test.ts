import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { declare, valueOf } from "../../test/mocks.ts";
import { podsOf } from "../../test/pod-security.ts";
import { type Variable, wineTraining } from "../../test/trainings.ts";
import { RegistryBackup } from "../backup/registry-backup.ts";
import { DriftSchedule } from "../monitoring/drift-schedule.ts";
import { Recorder } from "../serving/recorder.ts";
import { serverPod } from "../serving/server-pod.ts";
import { BatchInference } from "../training/batch-inference.ts";
import { TrainingJob } from "../training/training-job.ts";

/** The Secret that a container's keys of the object store come from. */
function accountOf(container: Record<string, unknown>): string | undefined {
  const env = (container["env"] ?? []) as Variable[];
  const from = env.find(({ name }) => name === "AWS_SECRET_ACCESS_KEY")?.valueFrom;
  return (from as { secretKeyRef: { name: string } } | undefined)?.secretKeyRef.name;
}

test("U-04 whatever uses the object store does so by an account of its own, and not as its administrator", async () => {
  const shared = { resources: { cpu: "100m", memory: "512Mi" } };
  const { result, resources } = await declare(() => {
    const training = wineTraining();
    const { environment, namespace, image, registry } = training;
    const { objects } = registry;
    const place = { environment, namespace, image };
    const schedule = { cron: "30 1 * * *", timeZone: "Etc/UTC" };
    new TrainingJob("training", { ...training, wait: false });
    new Recorder("recorder", { ...place, objects });
    new RegistryBackup("backup", {
      ...{ ...place, ...shared, registry, schedule, keep: 2 },
      images: { postgres: "r/postgres:15", training: image },
      destination: {
        endpoint: "https://s3.example",
        region: "eu-north-1",
        bucket: "backups",
        prefix: "",
        secret: "backup-keys",
      },
    });
    new DriftSchedule("drift", {
      ...{ ...place, ...shared, objects, model: "wine", hasShadow: true },
      ...{ schedule: schedule.cron, timeZone: schedule.timeZone, window: 86_400, minimum: 200 },
      ...{ threshold: 0.1, tolerance: 0.02, retentionDays: 7 },
    });
    new BatchInference("batch", {
      ...{ ...place, ...shared, registry, batch: "monthly", model: "wine", retries: 3 },
      ...{ release: pulumi.output("a".repeat(64)), dataSet: "cellar@1", format: "csv" },
      ...{ keep: [], onUp: "start" },
    });
    const pod = serverPod({
      ...{ image, objects, config: "config", apiKeys: "keys", resources: {}, selector: {} },
    });
    return pulumi.output(pod.containers);
  });
  const holders = podsOf(resources).flatMap(({ owner, containers }) =>
    containers.map((container) => [
      `${owner.split(" ").at(-1)} ${String(container["name"])}`,
      accountOf(container)?.replace(/^registry-s3-(.*)-auto$/, "$1"),
    ]),
  );
  expect(Object.fromEntries(holders.filter(([, account]) => account !== undefined))).toEqual({
    "registry-s3-buckets storage-init": "credentials",
    "registry-mlflow mlflow": "registry",
    "training train": "training",
    "recorder recorder": "recorder",
    "backup-backup back-up": "backup",
    "backup-backup-restore restore-objects": "restore",
    "drift-drift drift": "drift",
    "drift-shadow shadow": "drift",
    "batch batch-infer": "batch",
  });
  const [server] = (await valueOf(result)) as unknown as Record<string, unknown>[];
  expect(accountOf(server ?? {})).toBe("registry-s3-server-auto");
  const administrators = podsOf(resources).filter(({ spec }) =>
    JSON.stringify(spec).includes("registry-s3-credentials"),
  );
  expect(administrators.map(({ owner }) => owner.split(" ").at(-1)).sort()).toEqual([
    "registry-s3",
    "registry-s3-buckets",
  ]);
});
