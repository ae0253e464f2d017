import type { BlockTime } from "./child.ts";
import { heatAgreement } from "./heat-agreement.ts";
import { heatSteps, type Kind, type StepRow } from "./heat-steps.ts";
import type { BenchOptions } from "./options.ts";
import { heatPeers } from "./peers.ts";
import { report } from "../report.ts";

const order: readonly Kind[] = ["ours", "plain", "best", "nested", "forward"];
const columns = [
  "network",
  "points",
  "ours",
  "JAX plain",
  "JAX best",
  "PyTorch",
  "PyTorch forward",
];
const ratios = ["plain", "best", "PyTorch", "forward"].map((peer) => `ours / ${peer}`);

/** Time of one optimiser step of the plain network beside JAX and PyTorch, on one core and on two. */
export async function benchHeatSteps({ rounds }: BenchOptions): Promise<void> {
  const peers = await heatPeers();
  const differences: string[] = [];
  for (const [name, peer] of Object.entries(peers)) {
    if (peer === undefined) continue;
    const { gradient } = await heatAgreement(peer, { layers: 5, width: 128 });
    differences.push(`${gradient.toExponential(1)} (${name})`);
  }
  const rows = await heatSteps(peers, rounds, (row) => console.error(JSON.stringify(row)));
  const how = (unit: string) => [
    `${unit} of a whole optimiser step (draw, forward, backward, Adam; float32) of the plain network of IHC-1; medians of`,
    `${rounds} blocks, taken in turns. \`plain\` is JAX 0.10.2 with one jitted call a step, \`best\` the same in a scan over the`,
    "steps, with drawn indices given and in chunks that fit the cache. PyTorch 2.15.0 is eager: as such networks are commonly",
    "written, derivatives by the inputs from nested reverse mode; `forward` with the Laplacian propagated forward as in JAX, and",
    "fused Adam. Ours propagates the equation's operator as a whole: four streams a layer where the peers have five.",
    "By `npm run bench:training -- heat-steps`.",
  ];
  await report({
    heading: "Training: one step of heat beside JAX and PyTorch, one core",
    text: [
      ...how("CPU milliseconds"),
      "Bars: at most 0.9 of `plain`, 1.0 of `best`, 0.5 of PyTorch. Gradients differ from ours by",
      `${differences.join(" and ")}, relative, at the same parameters and points.`,
    ].join("\n"),
    columns: [...columns, ...ratios],
    rows: rows.map(({ one, ...row }) => cells(row, one, "cpu")),
  });
  await report({
    heading: "Training: one step of heat beside JAX and PyTorch, two cores",
    text: [
      ...how("Milliseconds by the clock"),
      "Ours are two threads of one session each (`threads: 2`), JAX and PyTorch use their own threads. Bars: at most 1.0 of JAX, 0.5 of PyTorch.",
      "`speed-up` is that of our second thread.",
    ].join("\n"),
    columns: [...columns, ...ratios, "speed-up"],
    rows: rows.map(({ one, two, ...row }) => [
      ...cells(row, two, "wall"),
      ratio(one.ours?.wall, two.ours?.wall),
    ]),
  });
}

function cells(
  { network, batch }: Pick<StepRow, "network" | "batch">,
  times: Partial<Record<Kind, BlockTime>>,
  what: keyof BlockTime,
): string[] {
  const own = times.ours?.[what];
  const shown = order.map((kind) => times[kind]?.[what].toFixed(2) ?? "");
  const compared = order.slice(1).map((kind) => ratio(own, times[kind]?.[what]));
  return [network, String(batch), ...shown, ...compared];
}

function ratio(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined ? "" : (a / b).toFixed(2);
}
