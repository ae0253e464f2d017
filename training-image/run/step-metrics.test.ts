import { expect, test } from "vitest";
import type { MetricPoint } from "../../contracts/mlflow-types.ts";
import { StepMetrics } from "./step-metrics.ts";

const start = 1_700_000_000_000;

async function flushed(metrics: StepMetrics): Promise<MetricPoint[]> {
  let sent: MetricPoint[] = [];
  await metrics.flush(async (points) => void (sent = points));
  return sent;
}

test("points are dated by their step: told again by a retry they are the same points", async () => {
  const [first, second] = [new StepMetrics(start, 2), new StepMetrics(start, 2)];
  first.add(1, { loss: [3, 2] });
  second.add(1, { loss: [3, 2] });
  const points = await flushed(first);
  expect(points).toEqual([
    { key: "loss", value: 3, timestamp: start + 1, step: 1 },
    { key: "loss", value: 2, timestamp: start + 2, step: 2 },
  ]);
  expect(await flushed(second)).toEqual(points);
  expect(await flushed(first)).toEqual([]);
});

test("a long training keeps at most a thousand points, evenly", async () => {
  const metrics = new StepMetrics(start, 20_000);
  metrics.add(1, { loss: Float32Array.from({ length: 20_000 }, (_, index) => index) });
  const points = await flushed(metrics);
  expect(points.map(({ step }) => step)).toEqual(
    Array.from({ length: 1_000 }, (_, index) => 20 * index + 1),
  );
});

test("points that a registry did not take are handed over again, with those since", async () => {
  const metrics = new StepMetrics(start, 4);
  metrics.add(1, { loss: [4] });
  const down = metrics.flush(async () => {
    metrics.add(2, { loss: [3] });
    throw new Error("registry is down");
  });
  await expect(down).rejects.toThrow("registry is down");
  expect((await flushed(metrics)).map(({ step }) => step)).toEqual([1, 2]);
});

test("what holds for the whole run is dated by the last step, also where another attempt made it", () => {
  const metrics = new StepMetrics(start, 10);
  metrics.reached(10);
  expect(metrics.final({ accuracy: Number.NaN })).toEqual([
    { key: "accuracy", value: "NaN", timestamp: start + 10, step: 10 },
  ]);
});
