import { shortDigest } from "../../contracts/release.ts";
import { median } from "../../embedded/measure/median.ts";
import { readTrained, register } from "../../test/e2e/crafted.ts";
import { report } from "../report.ts";
import type { BenchEnvironment } from "./environment.ts";
import { type Bench, gates } from "./options.ts";

const counts = [0, 1, 10, 50];

/** How long a preview takes by the number of models, all of which it is the first to see. */
export async function benchPreviews(
  environment: BenchEnvironment,
  { release, repeats }: Bench,
): Promise<void> {
  const names = Array.from({ length: Math.max(...counts) }, (_, index) => `wine-${index + 1}`);
  const digests = await environment.withPlace(async (place) => {
    const trained = await readTrained(place, release);
    const found: string[] = [];
    for (const name of names) found.push((await register(place, trained, name)).digest);
    return found;
  });
  const medians: number[] = [];
  const rows: string[][] = [];
  for (const count of counts) {
    environment.edit((config) => {
      for (const [index, name] of names.slice(0, count).entries()) {
        const blue = { release: shortDigest(digests[index] ?? "") };
        config.setIn(["isotherm:models", name], { blue, gates });
      }
    });
    const seconds: number[] = [];
    for (let run = 0; run < repeats; run++) {
      const began = performance.now();
      await environment.preview();
      seconds.push((performance.now() - began) / 1_000);
    }
    medians.push(median(seconds));
    const range = [Math.min(...seconds), Math.max(...seconds)].map((value) => value.toFixed(1));
    rows.push([String(count), median(seconds).toFixed(1), range.join(" to ")]);
  }
  environment.edit((config) => {
    for (const name of names) config.deleteIn(["isotherm:models", name]);
  });
  const [, one = NaN, , fifty = NaN] = medians;
  await report({
    heading: "Promotion: preview by number of models",
    text:
      `Seconds of \`pulumi preview\` of an environment to which so many models come, each with one slot and a release of ` +
      `its own, read from the registry, checked file by file and judged; ${repeats} runs, middle and range. Bar: linear, ` +
      `under 30 at 50 models. From 1 to 50, a model costs ${((fifty - one) / 49).toFixed(2)}. ` +
      "By `npm run bench:promotion -- previews`.",
    columns: ["models", "seconds", "range"],
    rows,
  });
}
