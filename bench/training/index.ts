import { Command, InvalidArgumentError } from "commander";
import { benchAccuracy } from "./accuracy-report.ts";
import { benchHeatAccuracy } from "./heat-accuracy.ts";
import { benchHeatCost } from "./heat-cost.ts";
import { benchHeatSteps } from "./heat-steps-report.ts";
import type { BenchOptions } from "./options.ts";

/** `npm run bench:training`: every bench prints its table and puts it into docs/figures.md. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  "heat-steps": benchHeatSteps,
  "heat-cost": benchHeatCost,
  "heat-accuracy": benchHeatAccuracy,
  accuracy: benchAccuracy,
};

const program = new Command("bench:training")
  .description("Measures trainings side by side with their peers; the longer ones take an hour")
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .option("--rounds <number>", "measured blocks of each contestant", Number, 7)
  .option("--seeds <number>", "trainings of each kind", Number, 5)
  .option("--at-most <number>", "heat-accuracy: new trainings in this call", Number, Infinity)
  .option("--jobs <number>", "heat-accuracy: trainings at a time", Number, 1)
  .option("--fresh", "heat-accuracy: forget what earlier calls found", false)
  .option("--set <name=value...>", "parameters of the workload")
  .action(async (names: string[], options: Omit<BenchOptions, "set"> & { set?: string[] }) => {
    const set = Object.fromEntries((options.set ?? []).map(parameter));
    for (const name of names) {
      const bench = benches[name];
      if (bench === undefined) throw new InvalidArgumentError(`unknown bench '${name}'`);
      await bench({ ...options, set });
    }
  });
await program.parseAsync();

function parameter(text: string): [string, number | string] {
  const [, name, value] = /^([a-z_]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError(`'${text}' is not name=value`);
  }
  return [name, Number.isNaN(Number(value)) ? value : Number(value)];
}
