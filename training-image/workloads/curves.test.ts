import { describe, expect, it } from "vitest";
import { stubWorkload } from "../testing/stub-workload.ts";
import { testContext } from "../testing/training-context.ts";
import { Curves, withCurves } from "./curves.ts";
import type { Checkpoint } from "./workload.ts";

/** What checkpoints of four workloads carry of their curves is compared in resume.test.ts. */
const labels = { subtitle: "On all rows", yLabel: "nats" };
const { declaration } = stubWorkload();
const picture = "plots/training-curves.png";

describe("curves", () => {
  it("of a long training keep at most 8,192 steps, evenly, from the first", async () => {
    const context = testContext(declaration);
    const watched = new Curves(labels).watch(context);
    const steps = 20_000;
    for (let first = 1; first <= steps; first += 50) {
      const values = Float32Array.from({ length: 50 }, (_, index) => 1 / (first + index));
      watched.progress(first, { loss: values, data: values.map((value) => value / 2) });
    }
    await watched.checkpoints.offer({ step: steps, vectors: { parameters: Float32Array.of(7) } });
    const { vectors } = (await context.checkpoints.last()) as Checkpoint;
    const [kept, loss] = [vectors["curves/step"]!, vectors["curves/loss"]!];
    expect([...kept.slice(0, 3), kept.at(-1)]).toEqual([1, 5, 9, steps - 3]);
    expect(kept.length).toBeLessThanOrEqual(8192);
    expect(kept.every((step, index) => loss[index] === Math.fround(1 / step))).toBe(true);
    expect(vectors["curves/data"]).toHaveLength(kept.length);
    expect(vectors["parameters"]).toEqual(Float32Array.of(7));
    expect(context.told).toHaveLength(steps / 50);
  });

  it("go on where a checkpoint left them, and begin there where it carries none", async () => {
    const drawn = async (last: Checkpoint | undefined, first: number) => {
      const context = testContext(declaration);
      if (last !== undefined) await context.checkpoints.offer(last);
      await withCurves(context, labels, async (watched) => {
        await watched.checkpoints.last();
        const values = Float32Array.from({ length: 7 - first }, (_, index) => 1 / (first + index));
        watched.progress(first, { loss: values });
      });
      return context.artifacts.get(picture);
    };
    const whole = await drawn(undefined, 1);
    const vectors = {
      "curves/step": Float32Array.of(1, 2, 3),
      "curves/loss": Float32Array.of(1, 1 / 2, 1 / 3),
    };
    expect(await drawn({ step: 3, vectors }, 4)).toEqual(whole);
    const rest = await drawn({ step: 3, vectors: {} }, 4);
    expect(rest).not.toEqual(whole);
    expect(rest).toEqual(await drawn(undefined, 4));
  });

  it("of no step are no picture", async () => {
    const context = testContext(declaration);
    await withCurves(context, labels, async () => {});
    expect(context.artifacts.size).toBe(0);
  });
});
