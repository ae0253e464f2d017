import { median } from "../../embedded/measure/median.ts";
import type { Figures } from "../figures.ts";
import { HeatTrainings, type Measured, type Parameters } from "./heat-trainings.ts";
import type { BenchOptions } from "./options.ts";
import { report } from "../report.ts";

/** Shares of the temperature's standard deviation. */
const noises = [0.01, 0, 0.05];

/** A configuration for those who have 600 seconds of a core. */
const longer = { layers: 4, width: 64, steps: 100_000, learning_rate: 0.008, weight_data: 200 };

/** The plain network of IHC-1, section 5, at the numbers of steps that JAX's rows of one seed were made with. */
const soft = { conditions: "soft", weight_data: 30, noise: 0.01, seed: 1 };
const plain = [
  {
    parameters: { ...soft, layers: 4, width: 64, steps: 45_000, learning_rate: 3e-3 },
    jax: { a_error: 0.0128, u_error: 0.0026, pde_loss: 1.9e-4, val_residual: 3.1e-3 },
  },
  {
    parameters: { ...soft, layers: 5, width: 128, steps: 14_000, learning_rate: 2e-3 },
    jax: { a_error: 0.0225, u_error: 0.0038, pde_loss: 3.9e-4, val_residual: 5.6e-3 },
  },
  {
    parameters: { ...soft, layers: 4, width: 64, steps: 141_000, learning_rate: 3e-3 },
    jax: { a_error: 0.0071, u_error: 0.0016, pde_loss: 5.8e-5, val_residual: 1.8e-3 },
  },
];

/**
 * What trainings of heat come to, beside the classical method on the same readings and beside JAX at equal steps. With
 * parameters that are `set`, those instead of the workload's defaults and nothing else.
 */
export async function benchHeatAccuracy(options: BenchOptions): Promise<void> {
  const { seeds, set, atMost, jobs, fresh } = options;
  if (fresh) await HeatTrainings.forget();
  const trainings = await HeatTrainings.open();
  const isSet = Object.keys(set).length > 0;
  // One of each first, so that a bench that is cut short has something of everything.
  const firsts = noises.flatMap((noise) => seeded(set, noise, 1));
  const others = noises.flatMap((noise) => seeded(set, noise, seeds).slice(1));
  const long = seeded(longer, 0.01, 3);
  const [shorter, shortest, longest] = plain.map(({ parameters }) => parameters);
  const references = isSet ? [] : [shorter, shortest, long[0]];
  const rest = isSet ? [] : [...long.slice(1), longest];
  const wanted = [...firsts, ...references, ...others, ...rest];
  await trainings.make(
    wanted.filter((one) => one !== undefined),
    { atMost, jobs },
  );

  const byNoise = [...noises].sort((a, b) => a - b);
  const rows = byNoise.map((noise) => [noise, trainings.of(seeded(set, noise, seeds))] as const);
  await show(`heat beside the classical method, ${named(set)}`, rows);
  if (isSet) return;
  await show(
    "heat with 600 CPU seconds",
    [[0.01, trainings.of(long)]],
    [
      `\`${named(longer)}\`. Bar: an error of a below the classical 0.9 % at 1 % noise.`,
      ...(trainings.of(long).length === 1
        ? ["One training, of seed 1: that others of this size meet the bar has not been seen."]
        : []),
    ],
  );
  const beside = besideJax(trainings);
  if (beside.rows.length > 0) await report(beside);
}

/** Every seed is another noise, other starting weights and other minibatches; the benchmark's own noise comes first. */
function seeded(changes: Parameters, noise: number, seeds: number): Parameters[] {
  return Array.from({ length: seeds }, (_, index) => ({
    ...changes,
    noise,
    seed: index + 1,
    noise_seed: 12345 + index,
  }));
}

function named(set: Parameters): string {
  const changed = Object.entries(set).map(([name, value]) => `${name} ${value}`);
  return changed.length === 0 ? "default configuration" : changed.join(", ");
}

type Row = readonly [noise: number, runs: readonly Measured[]];

async function show(heading: string, all: readonly Row[], more: readonly string[] = []) {
  const rows = all.filter(([, runs]) => runs.length > 0);
  if (rows.length === 0) return;
  await report({
    heading: `Training: ${heading}`,
    text: [
      ...more,
      "Medians over seeds (of the noise, the weights and the minibatches), worst in brackets; CPU seconds of the training alone, on a",
      "busy machine. Gates: `pde_loss` under 1e-3 and `val_residual` under 1e-2; `bc_loss` is 0 by construction. By",
      "`npm run bench:training -- heat-accuracy`.",
    ].join("\n"),
    columns: [
      ...["noise", "CPU s", "pde_loss", "val_residual", "gates", "error of a", "error of u"],
      ...["error of a, classical", "error of u, classical"],
    ],
    rows: rows.map(rowOf),
  });
}

function rowOf([noise, runs]: Row): string[] {
  const values = (name: string) => runs.map((run) => run[name] ?? Number.NaN);
  const shown = (name: string, text: (value: number) => string) =>
    `${text(median(values(name)))} (${text(Math.max(...values(name)))})`;
  const passed = runs.filter((run) => run["pde_loss"]! < 1e-3 && run["val_residual"]! < 1e-2);
  return [
    percent(noise),
    shown("seconds", (value) => value.toFixed(0)),
    shown("pde_loss", short),
    shown("val_residual", short),
    `${passed.length} of ${runs.length}`,
    ...["a_error", "u_error", "a_error_classical", "u_error_classical"].map((name) =>
      shown(name, percent),
    ),
  ];
}

function besideJax(trainings: HeatTrainings): Figures {
  const cells = (run: Measured) => [
    percent(run["a_error"] as number),
    percent(run["u_error"] as number),
    short(run["pde_loss"] as number),
    short(run["val_residual"] as number),
  ];
  const rows = plain.flatMap(({ parameters, jax }) => {
    const [ours] = trainings.of([parameters]);
    if (ours === undefined) return [];
    const name = [`${parameters.layers}x${parameters.width}`, `${parameters.steps / 1000} k`];
    return [
      [...name, "ours", ours["seconds"]!.toFixed(0), ...cells(ours)],
      [...name, "JAX", "", ...cells(jax)],
    ];
  });
  const behind = plain.flatMap(({ parameters, jax }) => {
    const [ours] = trainings.of([parameters]);
    return ours === undefined ? [] : cellsBehind(parameters, ours, jax);
  });
  return {
    heading: "Training: heat's plain network beside JAX at equal steps",
    text: [
      "The network of IHC-1, section 5 (soft conditions, 256 points a step) at 1 % noise, one seed each. JAX's rows are those that come",
      "with the problem, of another machine and other random weights; nothing of them was measured here. By",
      "`npm run bench:training -- heat-accuracy`.",
      "",
      `Ours is behind JAX in: ${behind.length === 0 ? "nothing" : behind.join("; ")}.`,
    ].join("\n"),
    columns: [
      "network",
      "steps",
      "by",
      "CPU s",
      "error of a",
      "error of u",
      "pde_loss",
      "val_residual",
    ],
    rows,
  };
}

/** What of a row is worse than JAX's, as it is shown. */
function cellsBehind(
  { layers, width, steps }: (typeof plain)[number]["parameters"],
  ours: Measured,
  jax: Measured,
): string[] {
  const shown = { a_error: percent, u_error: percent, pde_loss: short, val_residual: short };
  const worse = Object.entries(shown).flatMap(([name, text]) => {
    const [own, other] = [ours[name] as number, jax[name] as number];
    const label = name.replace(/^(.)_error$/, "error of $1");
    return own > other ? [`${label} (${text(own)} beside ${text(other)})`] : [];
  });
  if (worse.length === 0) return [];
  return [`${layers}x${width} at ${steps / 1000} k steps, ${worse.join(", ")}`];
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

function short(value: number): string {
  return value.toExponential(1);
}
