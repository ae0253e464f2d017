import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { testContext } from "../testing/training-context.ts";
import { writeObservations } from "./heat/problem/csv.ts";
import { observe } from "./heat/problem/observations.ts";
import { heatProblem } from "./heat/problem/problem.ts";
import { solveReference } from "./heat/problem/reference.ts";
import { workloads } from "./registry.ts";
import type { Checkpoint, Workload } from "./workload.ts";

/** Small enough to be quick, and with more than two checkpoints. */
const small: Record<string, Readonly<Record<string, number>>> = {
  heat: { layers: 1, width: 4, batch: 16, steps: 220 },
  wine: { hidden: 4, steps: 120 },
  digits: { channels: 1, hidden: 4, batch: 16, steps: 250 },
  churn: { hidden: 4, layers: 1, batch: 64, steps: 250 },
};

/** What is generated takes its time; a coarser solution is as good to train on. */
async function bytesOf({ dataSet }: Workload): Promise<Uint8Array> {
  if (dataSet.kind === "bundled") return readFile(dataSet.file);
  const problem = heatProblem();
  return writeObservations(observe(problem, solveReference(problem, 20)));
}

test.each(workloads.map((workload) => [workload.declaration.name, workload] as const))(
  "T-08 %s that goes on from a checkpoint is the same file, bit for bit, with the same curves",
  async (name, workload) => {
    const context = () => testContext(workload.declaration, small[name]);
    const { data } = workload.read(await bytesOf(workload), context().parameters);
    const kept: Checkpoint[] = [];
    const keeping = {
      last: async () => undefined,
      offer: async (c: Checkpoint) => void kept.push(c),
    };
    const uninterrupted = context();
    const whole = await workload.train(data, { ...uninterrupted, checkpoints: keeping });
    expect(kept.length).toBeGreaterThan(2);
    const last = kept[Math.floor(kept.length / 2) - 1]!;
    const resuming = { last: async () => structuredClone(last), offer: async () => {} };
    const resumed = context();
    const again = await workload.train(data, { ...resumed, checkpoints: resuming });
    expect(resumed.told[0]![0]).toBe(last.step + 1);
    expect(sha256Hex(again.model)).toBe(sha256Hex(whole.model));
    expect(again.graphs).toEqual(whole.graphs);
    // G-04: with the steps of the first attempt.
    expect([...resumed.artifacts.keys()]).toContain("plots/training-curves.png");
    expect(resumed.artifacts).toEqual(uninterrupted.artifacts);
  },
  120_000,
);
