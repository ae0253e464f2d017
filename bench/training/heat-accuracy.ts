import { median } from "../../embedded/measure/median.ts";
import { testContext } from "../../training-image/testing/training-context.ts";
import { heat } from "../../training-image/workloads/heat/declaration.ts";
import { heatWorkload } from "../../training-image/workloads/heat/workload.ts";
import type { Figures } from "./figures.ts";
import type { BenchOptions } from "./options.ts";
import { report } from "./report.ts";

/** Shares of the temperature's standard deviation. */
const noises = [0, 0.01, 0.05];

/**
 * What trainings of the workload's default configuration come to, beside the classical method on the same readings.
 * Every seed is another noise, other starting weights and other minibatches.
 */
export async function benchHeatAccuracy({ seeds, set }: BenchOptions): Promise<void> {
  const rows: string[][] = [];
  for (const noise of noises) {
    const runs: Record<string, number>[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      // The benchmark's own noise comes first.
      const parameters = { ...set, noise, seed, noise_seed: 12344 + seed };
      const run = await trainOnce(parameters);
      console.error(JSON.stringify({ noise, seed, ...run }));
      runs.push(run);
    }
    rows.push(rowOf(noise, runs));
  }
  const changed = Object.entries(set).map(([name, value]) => `${name} ${value}`);
  const setting = changed.length === 0 ? "default configuration" : changed.join(", ");
  const figures: Figures = {
    heading: `Training: heat beside the classical method, ${setting}`,
    text: [
      `Medians of ${seeds} seeds (of the noise, the weights and the minibatches), worst in brackets; CPU seconds of the training alone.`,
      "Gates: `pde_loss` under 1e-3 and `val_residual` under 1e-2. By `npm run bench:training -- heat-accuracy`.",
    ].join("\n"),
    columns: [
      ...["noise", "CPU s", "pde_loss", "val_residual", "gates", "error of a", "error of u"],
      ...["error of a, classical", "error of u, classical"],
    ],
    rows,
  };
  await report(figures);
}

async function trainOnce(parameters: Record<string, number | string>) {
  const context = testContext(heat, parameters);
  if (heatWorkload.dataSet.kind !== "generated") throw new Error("heat makes its own data");
  const bytes = await heatWorkload.dataSet.make(context.parameters);
  const { data } = heatWorkload.read(bytes, context.parameters);
  const before = process.cpuUsage();
  const trained = await heatWorkload.train(data, context);
  const used = process.cpuUsage(before);
  const metrics = await heatWorkload.evaluate(data, trained, context);
  return { ...metrics, seconds: (used.user + used.system) / 1e6 };
}

function rowOf(noise: number, runs: readonly Record<string, number>[]): string[] {
  const values = (name: string) => runs.map((run) => run[name] ?? Number.NaN);
  const shown = (name: string, text: (value: number) => string) =>
    `${text(median(values(name)))} (${text(Math.max(...values(name)))})`;
  const percent = (value: number) => `${(100 * value).toFixed(2)} %`;
  const passed = runs.filter((run) => run["pde_loss"]! < 1e-3 && run["val_residual"]! < 1e-2);
  return [
    percent(noise),
    shown("seconds", (value) => value.toFixed(0)),
    shown("pde_loss", (value) => value.toExponential(1)),
    shown("val_residual", (value) => value.toExponential(1)),
    `${passed.length} of ${runs.length}`,
    ...["a_error", "u_error", "a_error_classical", "u_error_classical"].map((name) =>
      shown(name, percent),
    ),
  ];
}
