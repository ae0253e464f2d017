import { ourContestant } from "./heat-steps.ts";
import type { BenchOptions } from "./options.ts";
import { report } from "../report.ts";
import { takeTurns } from "./take-turns.ts";

const layers = 5;
const widths = [32, 64, 128, 256];
/** Collocation points a step, with the steps of a block at width 128. */
const batches = [
  { batch: 256, steps: 50 },
  { batch: 1024, steps: 16 },
  { batch: 4096, steps: 4 },
];

/** How the time of our step grows with the width of the network and with the points. */
export async function benchHeatCost({ rounds }: BenchOptions): Promise<void> {
  const rows: string[][] = [];
  for (const width of widths) {
    const name = (batch: number) => String(batch);
    const contestants = Object.fromEntries(
      batches.map(({ batch, steps }) => {
        const enough = Math.max(2, Math.round((steps * 128) / width));
        return [name(batch), ourContestant({ layers, width, batch, steps: enough }, 1)];
      }),
    );
    const times = await takeTurns(rounds, contestants);
    const cpu = batches.map(({ batch }) => times[name(batch)]?.cpu ?? Number.NaN);
    const perPoint = batches.map(({ batch }, index) => ((1e3 * cpu[index]!) / batch).toFixed(1));
    rows.push([String(width), ...cpu.map((value) => value.toFixed(2)), ...perPoint]);
    console.error(rows.at(-1)?.join("  "));
  }
  await report({
    heading: "Training: cost of a step of heat by width and points",
    text: [
      `CPU milliseconds of a whole optimiser step, plain network of ${layers} layers, one core; medians of ${rounds} blocks.`,
      "By `npm run bench:training -- heat-cost`.",
    ].join("\n"),
    columns: [
      "width",
      ...batches.map(({ batch }) => `${batch} points`),
      ...batches.map(({ batch }) => `us a point of ${batch}`),
    ],
    rows,
  });
}
