import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { bundleImage } from "../build/bundle-image.ts";
import { plotFiles } from "./plots/plot-files.ts";

const room = import.meta.dirname;

/**
 * Bundles the command line and everything it needs into a folder, which the image copies to `/app`. It is made anew;
 * the same sources give the same files.
 * @param dist default `training-image/dist`
 * @throws Error where a source does not bundle or a package is not installed
 */
export async function build(dist = join(room, "dist")): Promise<void> {
  await bundleImage({
    entries: {
      cli: join(room, "cli.ts"),
      // Started by the bundle as threads of their own, by these names.
      "parallel-worker": join(room, "engine/parallel-worker.ts"),
      "inference-worker": join(room, "../serving-image/src/model/run/inference-worker.ts"),
    },
    dist,
    assets: { ...dataSets(), ...forPlots() },
  });
}

/** Every workload finds its data set at `./data`, relative to its module: in the bundle that is one folder. */
function dataSets(): Record<string, string> {
  const assets: Record<string, string> = {};
  for (const workload of readdirSync(join(room, "workloads"), { withFileTypes: true })) {
    const data = join(room, "workloads", workload.name, "data");
    if (!workload.isDirectory() || !existsSync(data)) continue;
    for (const file of readdirSync(data)) {
      const name = file === "ATTRIBUTION.md" ? `${workload.name}.${file}` : file;
      assets[join("data", name)] = join(data, file);
    }
  }
  return assets;
}

/** What charts are drawn with stays where a package of its own would have it. */
function forPlots(): Record<string, string> {
  const { resolve } = createRequire(import.meta.url);
  const files = Object.values(plotFiles);
  return Object.fromEntries(files.map((file) => [join("node_modules", file), resolve(file)]));
}

if (import.meta.main) await build();
