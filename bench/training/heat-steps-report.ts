import { heatAgreement } from "./heat-agreement.ts";
import { heatSteps, type StepRow } from "./heat-steps.ts";
import type { Figures } from "./figures.ts";
import type { BenchOptions } from "./options.ts";
import { jaxPython } from "./jax-peer.ts";
import { report } from "./report.ts";

/** Time of one optimiser step of the plain network beside JAX, on one core. */
export async function benchHeatSteps({ rounds }: BenchOptions): Promise<void> {
  const peer = await jaxPython();
  if ("missing" in peer) {
    console.log(`heat-steps: skipped, JAX cannot be installed here: ${peer.missing}`);
    return;
  }
  const agreement = await heatAgreement(peer.python, { layers: 5, width: 128 });
  const rows = await heatSteps(peer.python, rounds, (row) => console.error(cells(row).join("  ")));
  const figures: Figures = {
    heading: "Training: one step of heat beside JAX",
    text: [
      "CPU milliseconds of a whole optimiser step (draw, forward, backward, Adam; float32) of the plain network of IHC-1,",
      `pinned to one core; medians of ${rounds} blocks, taken in turns. \`plain\` is JAX 0.10.2 with one jitted call a step,`,
      "`best` the same in a scan over the steps, with drawn indices given and in chunks that fit the cache. Bars: at most 0.9 of",
      `\`plain\`, at most 1.0 of \`best\`. The two implementations' gradients differ by ${agreement.gradient.toExponential(1)}`,
      "(relative, same parameters and points). By `npm run bench:training`.",
    ].join("\n"),
    columns: ["network", "points", "ours", "JAX plain", "JAX best", "ours / plain", "ours / best"],
    rows: rows.map(cells),
  };
  await report(figures);
}

function cells({ network, batch, ours, plain, best }: StepRow): string[] {
  const times = [ours, plain, best].map(({ cpu }) => cpu.toFixed(2));
  const ratios = [ours.cpu / plain.cpu, ours.cpu / best.cpu].map((ratio) => ratio.toFixed(2));
  return [network, String(batch), ...times, ...ratios];
}
