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
const plain = [
  {
    network: { layers: 4, width: 64, steps: 45_000, learning_rate: 3e-3 },
    jax: { a_error: 0.0128, u_error: 0.0026, pde_loss: 1.9e-4, val_residual: 3.1e-3 },
  },
  {
    network: { layers: 5, width: 128, steps: 14_000, learning_rate: 2e-3 },
    jax: { a_error: 0.0225, u_error: 0.0038, pde_loss: 3.9e-4, val_residual: 5.6e-3 },
  },
  {
    network: { layers: 4, width: 64, steps: 141_000, learning_rate: 3e-3 },
    jax: { a_error: 0.0071, u_error: 0.0016, pde_loss: 5.8e-5, val_residual: 1.8e-3 },
  },
];
const plainSeeds = 3;

/** What is compared with JAX: metric, title and how it is shown. */
const compared = [
  ["a_error", "error of a", percent],
  ["u_error", "error of u", percent],
  ["pde_loss", "pde_loss", short],
  ["val_residual", "val_residual", short],
] as const;

/**
 * What trainings of heat come to, beside the classical method on the same readings and beside JAX at equal steps. With
 * parameters that are `set`, those instead of the workload's defaults and nothing else.
 */
export async function benchHeatAccuracy(options: BenchOptions): Promise<void> {
  const { seeds, set, atMost, jobs, fresh } = options;
  if (fresh) await HeatTrainings.forget();
  const trainings = await HeatTrainings.open();
  const isSet = Object.keys(set).length > 0;
  // What has a bar of its own and one of each first, so that a bench that is cut short has something of everything.
  const long = seeded(longer, 0.01, 3);
  const ofPlain = plain.map(({ network }) => plainTrainings(network));
  const references = [...long.slice(1), ...long.slice(0, 1), ...ofPlain.map(([first]) => first)];
  const firsts = noises.flatMap((noise) => seeded(set, noise, 1));
  const others = noises.flatMap((noise) => seeded(set, noise, seeds).slice(1));
  const rest = ofPlain.flatMap((trainings) => trainings.slice(1));
  const wanted = isSet ? [...firsts, ...others] : [...references, ...firsts, ...others, ...rest];
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

/** On the readings that JAX had; every seed is other starting weights and other minibatches. */
function plainTrainings(network: Parameters): Parameters[] {
  const soft = { ...network, conditions: "soft", weight_data: 30, noise: 0.01 };
  return Array.from({ length: plainSeeds }, (_, index) => ({ ...soft, seed: index + 1 }));
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
  const made = plain
    .map(({ network, jax }) => ({ network, jax, ours: trainings.of(plainTrainings(network)) }))
    .filter(({ ours }) => ours.length > 0);
  const rows = made.flatMap(({ network, jax, ours }) => {
    const name = [`${network.layers}x${network.width}`, `${network.steps / 1000} k`];
    const values = (metric: string) => ours.map((run) => run[metric] as number);
    const cells = compared.map(([metric, , text]) => {
      const [least, middle, most] = [
        Math.min(...values(metric)),
        median(values(metric)),
        Math.max(...values(metric)),
      ].map(text);
      return ours.length === 1 ? String(middle) : `${middle} (${least} to ${most})`;
    });
    return [
      [
        ...name,
        `ours, ${ours.length} ${ours.length === 1 ? "seed" : "seeds"}`,
        median(values("seconds")).toFixed(0),
        ...cells,
      ],
      [...name, "JAX, 1 seed", "", ...compared.map(([metric, , text]) => text(jax[metric]))],
    ];
  });
  const behind = made.flatMap(({ network: { layers, width, steps }, jax, ours }) =>
    compared.flatMap(([metric, label, text]) => {
      const own = median(ours.map((run) => run[metric] as number));
      // JAX's figures were given as they are shown.
      if (Number.parseFloat(text(own)) <= Number.parseFloat(text(jax[metric]))) return [];
      const row = `${layers}x${width} at ${steps / 1000} k steps`;
      return [`${row}, ${label} (${text(own)} beside ${text(jax[metric])})`];
    }),
  );
  return {
    heading: "Training: heat's plain network beside JAX at equal steps",
    text: [
      "The network of IHC-1, section 5 (soft conditions, 256 points a step) at 1 % noise. Ours are medians over seeds of the weights",
      "and the minibatches, least and most in brackets. JAX's rows are those that come with the problem, one training each, of another",
      "machine and other random weights; nothing of them was measured here. By `npm run bench:training -- heat-accuracy`.",
      "",
      `Our median is behind JAX in: ${behind.length === 0 ? "nothing" : behind.join("; ")}.`,
    ].join("\n"),
    columns: ["network", "steps", "by", "CPU s", ...compared.map(([, label]) => label)],
    rows,
  };
}

function percent(value: number): string {
  return `${(100 * value).toFixed(2)} %`;
}

function short(value: number): string {
  return value.toExponential(1);
}
