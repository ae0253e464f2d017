import { Command, InvalidArgumentError } from "commander";
import { benchHeatSteps } from "./heat-steps-report.ts";

/** `npm run bench:training`: every bench prints its table and puts it into docs/figures.md. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  "heat-steps": benchHeatSteps,
};

export interface BenchOptions {
  /** Measured blocks of each contestant. */
  rounds: number;
}

const program = new Command("bench:training")
  .description("Measures trainings side by side with their peers")
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .option("--rounds <number>", "measured blocks of each contestant", Number, 7)
  .action(async (names: string[], options: BenchOptions) => {
    for (const name of names) {
      const bench = benches[name];
      if (bench === undefined) throw new InvalidArgumentError(`unknown bench '${name}'`);
      await bench(options);
    }
  });
await program.parseAsync();
