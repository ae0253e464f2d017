import { Command, InvalidArgumentError } from "commander";
import { benchConformance } from "./conformance.ts";
import { benchHealth } from "./health.ts";
import { benchLarge } from "./large.ts";
import { peers } from "./peers.ts";
import type { BenchOptions } from "./rounds.ts";
import { benchSmall } from "./small.ts";

/** `npm run bench:serving`: every bench prints its table and puts it into docs/figures.md. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  small: benchSmall,
  large: benchLarge,
  health: benchHealth,
  conformance: benchConformance,
};

const program = new Command("bench:serving")
  .description(
    "Measures the server side by side with its peers; needs Linux with two cores and Python",
  )
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .option("--seconds <number>", "measured seconds of a block", Number, 6)
  .option("--repeats <number>", "blocks of each contestant", Number, 3)
  .option("--peers <names...>", `among ${Object.keys(peers).join(", ")}`, Object.keys(peers))
  .action(async (names: string[], options: BenchOptions) => {
    for (const name of names) {
      const bench = benches[name];
      if (bench === undefined) throw new InvalidArgumentError(`unknown bench '${name}'`);
      await bench(options);
    }
  });
await program.parseAsync();
process.exit();
