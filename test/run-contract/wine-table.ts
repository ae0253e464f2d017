import { readFile } from "node:fs/promises";
import { wineFeatures } from "../../training-image/workloads/wine/features.ts";

const bundled = new URL("../../training-image/workloads/wine/data/wine.csv", import.meta.url);

/** The table of the workload wine as CSV with its columns named, the class last as `target`. */
export async function wineTable(): Promise<string> {
  const [, ...lines] = (await readFile(bundled, "utf8")).trimEnd().split("\n");
  const header = [...wineFeatures.map(({ name }) => name), "target"].join(",");
  return [header, ...lines].join("\n");
}
