import { describe, expect, test } from "vitest";
import { gpuPlacement as place } from "../components/gpu/gpu.ts";
import { gpuPlacement } from "./gpu-placement.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const asking = { resources: { limits: { "nvidia.com/gpu": "1" } } };
const placed = place({ nodeSelector: { "isotherm.dev/pool": "training" }, mig: undefined });
const job = (container: object, pod: object) =>
  object("Job", "it", { spec: running(container, pod) });

describe("gpu-placement", () => {
  test("a GPU in a pool whose taint is tolerated passes", async () => {
    expect(await violations(gpuPlacement, job(asking, placed))).toEqual([]);
  });

  test("so does one whose pool is an affinity, under a toleration of everything", async () => {
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: {} } };
    const pod = { affinity, tolerations: [{ operator: "Exists" }] };
    expect(await violations(gpuPlacement, job(asking, pod))).toEqual([]);
  });

  test("K-02 a server is held to the same", async () => {
    const server = (pod: object) => object("Deployment", "it", { spec: running(asking, pod) });
    expect(await violations(gpuPlacement, server(placed))).toEqual([]);
    expect(await violations(gpuPlacement, server({}))).toHaveLength(2);
  });

  test("a pod without a GPU needs neither", async () => {
    expect(
      await violations(gpuPlacement, job({ resources: { limits: { memory: "1Gi" } } }, {})),
    ).toEqual([]);
    expect(
      await violations(gpuPlacement, job({ resources: { limits: { "nvidia.com/gpu": 0 } } }, {})),
    ).toEqual([]);
  });

  test.each(["nvidia.com/gpu", "nvidia.com/mig-1g.10gb"])(
    "%s without either fails",
    async (resource) => {
      const container = { resources: { requests: { [resource]: "1" } } };
      const who = `container server: asks for ${resource}, but its pod`;
      expect(await violations(gpuPlacement, job(container, {}))).toEqual([
        `${who} does not tolerate the taint nvidia.com/gpu`,
        `${who} names no pool of nodes; name one of isotherm:gpuPools in the stack file`,
      ]);
    },
  );

  test("a toleration of another taint is none", async () => {
    const tolerations = [{ key: "amd.com/gpu", operator: "Exists", effect: "NoSchedule" }];
    expect(await violations(gpuPlacement, job(asking, { ...placed, tolerations }))).toHaveLength(1);
  });

  test("a pool that is not known yet is neither passed nor failed", async () => {
    const asked = job(asking, { ...placed, nodeSelector: unknown.object });
    await expect(violations(gpuPlacement, asked)).rejects.toThrow(isUnknown);
  });
});
