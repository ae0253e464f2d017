import { Command } from "commander";
import { expect, test } from "vitest";
import { declare, only } from "../../test/mocks.ts";
import { podsOf, violations } from "../../test/pod-security.ts";
import { wineTraining } from "../../test/trainings.ts";
import { driftCommand } from "../../training-image/commands/drift.ts";
import { shadowCommand } from "../../training-image/commands/shadow.ts";
import type { Surroundings } from "../../training-image/commands/surroundings.ts";
import { DriftSchedule, type DriftScheduleArgs } from "./drift-schedule.ts";

async function declareSchedule(change: Partial<DriftScheduleArgs> = {}) {
  const { resources } = await declare(() => {
    const { environment, namespace, image, registry } = wineTraining();
    new DriftSchedule("wine-drift", {
      model: "wine",
      environment,
      namespace,
      image,
      objects: registry.objects,
      schedule: "*/30 * * * *",
      timeZone: "Etc/UTC",
      window: 86_400,
      minimum: 200,
      threshold: 0.1,
      tolerance: 0.02,
      retentionDays: 7,
      hasShadow: true,
      resources: { cpu: "100m", memory: "512Mi" },
      ...change,
    });
  });
  return resources.filter(({ name }) => name.startsWith("wine-drift"));
}

const cronJob = "kubernetes:batch/v1:CronJob";
const nowhere = {} as Surroundings;

test.each([
  ["drift", driftCommand(nowhere), { minimumRows: 200, threshold: 0.1, retentionDays: 7 }],
  ["shadow", shadowCommand(nowhere), { minimumPairs: 200, tolerance: 0.02 }],
])(
  "U-14 T-02 %s is run at given times with options that the image's command knows",
  async (name, command, rules) => {
    const made = only(await declareSchedule(), cronJob, `wine-drift-${name}`);
    expect(made.inputs["metadata"]).toMatchObject({ name: `${name}-wine` });
    expect(made.inputs["spec"]).toMatchObject({
      schedule: "*/30 * * * *",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
    });
    const [pod] = podsOf([made]);
    expect(violations(pod!)).toEqual([]);
    const container = pod!.containers[0]!;
    expect(container["command"]).toEqual(["node", "/app/cli.js", name]);
    let options: unknown;
    command.exitOverride().action((given: unknown) => {
      options = given;
    });
    const line = [name, ...(container["args"] as string[])];
    await new Command().addCommand(command).parseAsync(line, { from: "user" });
    expect(options).toMatchObject({
      endpoint: "http://s3:7070",
      bucket: "isotherm",
      environment: "dev",
      model: "wine",
      window: 86_400_000,
      ...rules,
    });
  },
);

test("U-16 a window that nothing can be said of fails the Job at once; what may pass is tried again", async () => {
  for (const { inputs } of (await declareSchedule()).filter(({ type }) => type === cronJob)) {
    const { jobTemplate } = inputs["spec"] as { jobTemplate: { spec: object } };
    expect(jobTemplate.spec).toMatchObject({
      backoffLimit: 2,
      podFailurePolicy: {
        rules: [{ action: "FailJob", onExitCodes: { values: [2] } }, { action: "Ignore" }],
      },
    });
  }
});

test("a model without a shadow has nothing that compares one", async () => {
  const made = await declareSchedule({ hasShadow: false });
  expect(made.filter(({ type }) => type === cronJob).map(({ name }) => name)).toEqual([
    "wine-drift-drift",
  ]);
});

test("Jobs reach a Pushgateway where one is named, and nothing else besides the object store", async () => {
  const policies = (made: Awaited<ReturnType<typeof declareSchedule>>) =>
    made.filter(({ type }) => type.endsWith(":NetworkPolicy"));
  expect(policies(await declareSchedule())).toEqual([]);
  const made = await declareSchedule({ pushgateway: "http://pushgateway.monitoring.svc:9091" });
  const [policy] = policies(made);
  const matchLabels = { "kubernetes.io/metadata.name": "monitoring" };
  expect(policy?.inputs["spec"]).toMatchObject({
    policyTypes: ["Egress"],
    egress: [{ to: [{ namespaceSelector: { matchLabels } }] }],
  });
  for (const one of podsOf(made.filter(({ type }) => type === cronJob))) {
    expect((one.containers[0]!["args"] as string[]).join(" ")).toContain(
      "--pushgateway http://pushgateway.monitoring.svc:9091",
    );
  }
});
