import { Command, InvalidArgumentError } from "commander";
import { copyRelease } from "../../infra/promotion/copy-release.ts";
import { BenchEnvironment } from "./environment.ts";
import type { Bench } from "./options.ts";
import { benchPreviews } from "./previews.ts";
import { benchWeights } from "./weights.ts";

/** `npm run bench:promotion`: every bench prints its table and puts it into docs/figures.md. */
const benches: Readonly<
  Record<string, (environment: BenchEnvironment, bench: Bench) => Promise<void>>
> = { previews: benchPreviews, weights: benchWeights };

const program = new Command("bench:promotion")
  .description(
    "Measures edits of weights and previews in an environment of its own, beside a dev that serves wine; " +
      "needs the platform that `npm start` makes, and leaves it as it was",
  )
  .argument("[names...]", `which: ${Object.keys(benches).join(", ")}`, Object.keys(benches))
  .option("--repeats <number>", "runs of each preview", Number, 3)
  .option("--rate <number>", "requests a second", Number, 200)
  .option("--requests <number>", "requests at least", Number, 100_000)
  .action(async (names: string[], options: Omit<Bench, "release">) => {
    const chosen = names.map((name) => {
      const bench = benches[name];
      if (bench === undefined) throw new InvalidArgumentError(`unknown bench '${name}'`);
      return bench;
    });
    const environment = await BenchEnvironment.make();
    try {
      const release = (await environment.outputs("dev")).models?.["wine"]?.release;
      if (release === undefined) throw new Error("dev serves no wine: run `npm start` first");
      await environment.withPlace(
        (dev) =>
          environment.withPlace((place) =>
            copyRelease(dev, place, { model: "wine", digest: release }),
          ),
        "dev",
      );
      for (const bench of chosen) await bench(environment, { ...options, release });
    } finally {
      await environment.remove();
    }
  });
await program.parseAsync();
process.exit();
