import { createInterface } from "node:readline";
import { createRandom } from "../../training-image/engine/random.ts";
import { initialParameters } from "../../training-image/workloads/heat/pinn/design.ts";
import { PinnTraining } from "../../training-image/workloads/heat/pinn/training.ts";
import { benchDesign, benchPools } from "./heat-bench.ts";

/** Our step, measured as `jax/heat_step.py` measures JAX's: one line of settings, then a block for every line. */
interface Settings {
  layers: number;
  width: number;
  batch: number;
  steps: number;
  threads: number;
}

let training: PinnTraining | undefined;
let block: (() => Promise<void>) | undefined;
let steps = 1;

for await (const line of createInterface({ input: process.stdin })) {
  if (training === undefined || block === undefined) {
    const settings = JSON.parse(line) as Settings;
    steps = settings.steps;
    const design = benchDesign(settings);
    const { batch, threads } = settings;
    const sizes = { interior: batch, section: batch / 4, threads };
    const open = await PinnTraining.open(design, benchPools(), sizes);
    const random = createRandom(1);
    let state = open.trainer.start(initialParameters(design, random));
    training = open;
    block = async () => {
      ({ state } = await open.trainer.run(state, open.feeds(random, steps), steps, () => 1e-3));
    };
    await block();
    console.log(JSON.stringify({ ready: true }));
    continue;
  }
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await block();
  const used = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      cpu: (used.user + used.system) / 1e3 / steps,
      wall: (performance.now() - wall) / steps,
    }),
  );
}
await training?.close();
