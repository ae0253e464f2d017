import { expect, test } from "vitest";
import { declare, only } from "../../test/mocks.ts";
import { violations } from "../../test/pod-security.ts";
import { toldTo, variablesOf, wineTraining } from "../../test/trainings.ts";
import type { TrainingDefinition } from "./training-definition.ts";
import { TrainingJob } from "./training-job.ts";

async function podOf(change: Partial<TrainingDefinition>) {
  const { resources } = await declare(
    () => new TrainingJob("train-wine", { ...wineTraining(change), wait: false }),
  );
  const job = only(resources, "kubernetes:batch/v1:Job", "train-wine");
  const { pod } = toldTo(job);
  const [container] = pod.containers;
  if (container === undefined) throw new Error("the pod has no container");
  return { job, pod, container };
}

const rtx = { nodeSelector: { "isotherm.dev/pool": "rtx" }, mig: undefined };

test("K-02 G-07 a training with a GPU asks for one, for what feeds it, and for a node of its pool", async () => {
  const { job, pod, container } = await podOf({ gpu: rtx });
  expect(job.inputs["spec"]).toMatchObject({ backoffLimit: 3 });
  expect(pod.spec["nodeSelector"]).toEqual({ "isotherm.dev/pool": "rtx" });
  expect(pod.spec["tolerations"]).toEqual([
    { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
  ]);
  expect(container["resources"]).toEqual({
    requests: { cpu: "4", memory: "8Gi", "nvidia.com/gpu": "1" },
    limits: { cpu: "8", memory: "16Gi", "nvidia.com/gpu": "1" },
  });
  expect(pod.spec["volumes"]).toEqual([
    { name: "tmp", emptyDir: {} },
    { name: "data", emptyDir: { sizeLimit: "20Gi" } },
    { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "8Gi" } },
  ]);
  expect(container["volumeMounts"]).toEqual([
    { name: "tmp", mountPath: "/tmp" },
    { name: "data", mountPath: "/data" },
    { name: "shm", mountPath: "/dev/shm" },
  ]);
  expect(variablesOf(pod, 0)).toContainEqual({
    name: "ISOTHERM_EXECUTION_PROVIDER",
    value: "cuda",
  });
  expect(violations(pod)).toEqual([]);
});

test("K-02 all of it can be set: what is set holds, and a limit is never below its request", async () => {
  const { job, pod, container } = await podOf({
    gpu: { nodeSelector: {}, mig: undefined },
    resources: { cpu: "12", memory: "24Gi", sharedMemory: "2Gi" },
    data: { claim: "images" },
    retries: 0,
  });
  expect(job.inputs["spec"]).toMatchObject({ backoffLimit: 0 });
  expect(pod.spec["nodeSelector"]).toBeUndefined();
  expect(container["resources"]).toEqual({
    requests: { cpu: "12", memory: "24Gi", "nvidia.com/gpu": "1" },
    limits: { cpu: "12", memory: "24Gi", "nvidia.com/gpu": "1" },
  });
  expect(pod.spec["volumes"]).toContainEqual({
    name: "data",
    persistentVolumeClaim: { claimName: "images" },
  });
  expect(pod.spec["volumes"]).toContainEqual({
    name: "shm",
    emptyDir: { medium: "Memory", sizeLimit: "2Gi" },
  });
});

test("T-08 checkpoints lie beside the object store only on a volume that outlives the pod", async () => {
  const folderOf = async (change: Partial<TrainingDefinition>) =>
    variablesOf((await podOf(change)).pod, 0).find(({ name }) => name === "ISOTHERM_CHECKPOINT_DIR")
      ?.value;
  expect(await folderOf({ data: { claim: "fast" } })).toBe("/data/checkpoints");
  expect(await folderOf({ data: { size: "1Gi" } })).toBeUndefined();
  expect(await folderOf({ gpu: rtx })).toBeUndefined();
});

test("without a GPU a training is small, goes anywhere, and has no volumes it did not ask for", async () => {
  const { pod, container } = await podOf({});
  expect(container["resources"]).toEqual({
    requests: { cpu: "500m", memory: "512Mi" },
    limits: { memory: "512Mi" },
  });
  expect(pod.spec["tolerations"]).toBeUndefined();
  expect(variablesOf(pod, 0).map(({ name }) => name)).not.toContain("ISOTHERM_EXECUTION_PROVIDER");
  expect(pod.spec["volumes"]).toEqual([{ name: "tmp", emptyDir: {} }]);
  const { container: limited } = await podOf({ resources: { memoryLimit: "1Gi", cpuLimit: "2" } });
  expect(limited["resources"]).toEqual({
    requests: { cpu: "500m", memory: "512Mi" },
    limits: { cpu: "2", memory: "1Gi" },
  });
});
