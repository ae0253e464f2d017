import { ApiException, type V1CronJob, type V1Job } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { backupVariables } from "../../contracts/backup.ts";
import { type BackupCluster, runJob } from "./command.ts";
import { endOf, jobOf } from "./job.ts";

const step = (name: string, value: string) => ({
  name,
  env: [
    { name: backupVariables.point, value },
    { name: "DUMP", value: "/backup" },
  ],
});
const cronJob = (): V1CronJob => ({
  metadata: { name: "backup-verify", namespace: "isotherm-prod", uid: "1", labels: { a: "b" } },
  spec: {
    schedule: "0 2 * * *",
    suspend: true,
    jobTemplate: {
      metadata: { labels: { component: "backup-verify" } },
      spec: {
        backoffLimit: 1,
        template: {
          spec: { initContainers: [step("fetch", "")], containers: [step("check", "")] },
        },
      },
    },
  },
});
const now = new Date("2026-11-21T12:00:00Z");

test("P-02 a drill's Job is what its CronJob would make, about the backup that was asked for", () => {
  const template = cronJob();
  const job = jobOf(template, now, "20261101T020000Z-0123456789ab");
  expect(job.metadata).toEqual({
    name: "backup-verify-1795262400",
    namespace: "isotherm-prod",
    labels: { component: "backup-verify" },
    annotations: { "cronjob.kubernetes.io/instantiate": "manual" },
  });
  const { initContainers, containers } = job.spec!.template.spec!;
  for (const { env } of [...initContainers!, ...containers]) {
    expect(env).toEqual([
      { name: backupVariables.point, value: "20261101T020000Z-0123456789ab" },
      { name: "DUMP", value: "/backup" },
    ]);
  }
  expect(job.spec?.backoffLimit).toBe(1);
  expect(template).toEqual(cronJob());
  const bare = { metadata: { name: "backup" } } as V1CronJob;
  expect(() => jobOf(bare, now, undefined)).toThrow("holds no Job");
});

test("a Job has ended where a condition says so", () => {
  const withCondition = (type: string, status: string) => ({
    status: { conditions: [{ type, status }] },
  });
  expect(endOf({})).toBeUndefined();
  expect(endOf(withCondition("Complete", "True"))).toBe("complete");
  expect(endOf(withCondition("Failed", "True"))).toBe("failed");
  expect(endOf(withCondition("Failed", "False"))).toBeUndefined();
});

/** A cluster whose Job ends as it is told after it was asked for twice. */
function cluster(ends: "Complete" | "Failed"): BackupCluster & { created: V1Job[] } {
  const created: V1Job[] = [];
  let asked = 0;
  const answers = {
    namespace: "isotherm-prod",
    batch: {
      readNamespacedCronJob: ({ name }: { name: string }) =>
        name === "backup-verify"
          ? Promise.resolve(cronJob())
          : Promise.reject(new ApiException(404, "not found", "", {})),
      createNamespacedJob: ({ body }: { body: V1Job }) => {
        created.push(body);
        return Promise.resolve(body);
      },
      readNamespacedJob: () => {
        asked += 1;
        const message = "Job has reached the specified backoff limit";
        const conditions = asked < 2 ? [] : [{ type: ends, status: "True", message }];
        return Promise.resolve({ status: { conditions } });
      },
    },
    core: {
      listNamespacedPod: () =>
        Promise.resolve({
          items: ["2026-11-21T12:00:00Z", "2026-11-21T11:00:00Z"].map((time) => ({
            metadata: { name: time, creationTimestamp: new Date(time) },
            spec: cronJob().spec!.jobTemplate.spec!.template.spec,
          })),
        }),
      readNamespacedPodLog: ({ name, container }: { name: string; container: string }) =>
        container === "fetch"
          ? Promise.resolve(`${name}\n`)
          : Promise.reject(new Error("container is waiting to start")),
    },
  };
  return { ...(answers as unknown as BackupCluster), created };
}

test("P-02 a drill is one command: its Job is made, waited for, and its last pod's words are printed", async () => {
  const lines: string[] = [];
  const place = cluster("Complete");
  await runJob(place, "verify", undefined, (line) => lines.push(line), 1);
  expect(place.created).toHaveLength(1);
  expect(lines).toEqual([
    expect.stringMatching(/^Job backup-verify-\d+ runs in isotherm-prod$/),
    "fetch: 2026-11-21T12:00:00Z",
  ]);
});

test("P-02 a drill that fails fails the command, with the reason", async () => {
  const failing = runJob(cluster("Failed"), "verify", undefined, () => undefined, 1);
  await expect(failing).rejects.toThrow(/^Job backup-verify-\d+ failed: Job has reached/);
});

test("an environment without a backup is told what to write", async () => {
  const place = cluster("Complete");
  await expect(runJob(place, "restore", undefined, () => undefined, 1)).rejects.toThrow(
    "isotherm-prod has no backup: say when and where to under isotherm:backup",
  );
  expect(place.created).toEqual([]);
});
