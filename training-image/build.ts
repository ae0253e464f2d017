import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";

const room = fileURLToPath(new URL(".", import.meta.url));

/**
 * Bundles the command line and everything it needs into a folder, which the image copies to `/app`. It is made anew;
 * the same sources give the same files.
 * @param dist default `training-image/dist`
 * @throws Error where a source does not bundle or a package is not installed
 */
export async function build(dist = path.join(room, "dist")): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await bundle({
    entryPoints: { cli: path.join(room, "cli.ts") },
    outdir: dist,
    bundle: true,
    // Chunks keep onnxruntime out of the commands that do not need it. They lie beside the entry, so that paths
    // relative to a module stay right.
    splitting: true,
    chunkNames: "[name]-[hash]",
    platform: "node",
    target: "node22",
    format: "esm",
    external: ["onnxruntime-node"],
    banner: {
      js: 'import { createRequire as isothermRequire } from "node:module"; const require = isothermRequire(import.meta.url);',
    },
    legalComments: "linked",
    logLevel: "warning",
  });
  await writeFile(path.join(dist, "package.json"), '{ "type": "module" }\n');
  await copyData(dist);
  await copyRuntime(dist);
}

/** Every workload finds its data set at `./data`, relative to its module: in the bundle that is one folder. */
async function copyData(dist: string): Promise<void> {
  const workloads = path.join(room, "workloads");
  for (const entry of await readdir(workloads, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const data = path.join(workloads, entry.name, "data");
    const files = await readdir(data).catch(() => []);
    for (const file of files) {
      const name = file === "ATTRIBUTION.md" ? `${entry.name}.${file}` : file;
      await cp(path.join(data, file), path.join(dist, "data", name));
    }
  }
}

/** onnxruntime-node for Linux on x64 only: the package holds the libraries of every platform. */
async function copyRuntime(dist: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const runtime = path.dirname(require.resolve("onnxruntime-node/package.json"));
  const common = path.join(path.dirname(runtime), "onnxruntime-common");
  const modules = path.join(dist, "node_modules");
  await mkdir(modules, { recursive: true });
  const copies: [from: string, to: string][] = [
    [path.join(runtime, "package.json"), "onnxruntime-node/package.json"],
    [path.join(runtime, "dist"), "onnxruntime-node/dist"],
    [path.join(runtime, "bin/napi-v6/linux/x64"), "onnxruntime-node/bin/napi-v6/linux/x64"],
    [path.join(common, "package.json"), "onnxruntime-common/package.json"],
    [path.join(common, "dist/cjs"), "onnxruntime-common/dist/cjs"],
  ];
  for (const [from, to] of copies) {
    await cp(from, path.join(modules, to), {
      recursive: true,
      filter: (source) => !/\.(d\.ts|map)$/.test(source),
    });
  }
}

if (import.meta.main) await build();
