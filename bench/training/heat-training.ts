import { createInterface } from "node:readline";
import { testContext } from "../../training-image/testing/training-context.ts";
import { heat } from "../../training-image/workloads/heat/declaration.ts";
import { heatWorkload } from "../../training-image/workloads/heat/workload.ts";

/** Trainings of heat in a process of their own: a line of parameters in, a line with metrics and CPU seconds out. */
for await (const line of createInterface({ input: process.stdin })) {
  const context = testContext(heat, JSON.parse(line) as Record<string, number | string>);
  if (heatWorkload.dataSet.kind !== "generated") throw new Error("heat makes its own data");
  const bytes = await heatWorkload.dataSet.make(context.parameters);
  const { data } = heatWorkload.read(bytes, context.parameters);
  const before = process.cpuUsage();
  const trained = await heatWorkload.train(data, context);
  const used = process.cpuUsage(before);
  const metrics = await heatWorkload.evaluate(data, trained, context);
  console.log(JSON.stringify({ ...metrics, seconds: (used.user + used.system) / 1e6 }));
}
