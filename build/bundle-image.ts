import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

export interface ImageBundle {
  /** TypeScript entry points by the name their bundle gets: `{ cli: ".../cli.ts" }` becomes `cli.js`. */
  entries: Readonly<Record<string, string>>;
  /** Folder that the image copies to `/app`; emptied first. */
  dist: string;
  /** Processor of the image. @default that of the machine that bundles */
  arch?: "x64" | "arm64";
  /** Files and folders to copy, by their path inside `dist`. */
  assets?: Readonly<Record<string, string>>;
}

/**
 * Bundles an image's program with everything it needs, onnxruntime for Linux included. The same sources give
 * the same files.
 * @throws Error where a source does not bundle or a package is not installed
 */
export async function bundleImage({
  entries,
  dist,
  arch,
  assets = {},
}: ImageBundle): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await build({
    entryPoints: { ...entries },
    outdir: dist,
    bundle: true,
    // Chunks keep onnxruntime out of what does not need it. They lie beside the entry, so that paths relative to a
    // module stay right.
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
  await writeFile(join(dist, "package.json"), '{ "type": "module" }\n');
  for (const [to, from] of Object.entries(assets))
    await cp(from, join(dist, to), { recursive: true });
  await copyRuntime(join(dist, "node_modules"), arch ?? process.arch);
}

/** onnxruntime-node for Linux on one processor: the package holds the libraries of every platform. */
async function copyRuntime(modules: string, arch: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const runtime = dirname(require.resolve("onnxruntime-node/package.json"));
  const common = join(dirname(runtime), "onnxruntime-common");
  await mkdir(modules, { recursive: true });
  const library = `bin/napi-v6/linux/${arch}`;
  const copies: [from: string, to: string][] = [
    [join(runtime, "package.json"), "onnxruntime-node/package.json"],
    [join(runtime, "dist"), "onnxruntime-node/dist"],
    [join(runtime, library), join("onnxruntime-node", library)],
    [join(common, "package.json"), "onnxruntime-common/package.json"],
    [join(common, "dist/cjs"), "onnxruntime-common/dist/cjs"],
  ];
  for (const [from, to] of copies) {
    const isNeeded = (source: string) => !/\.(d\.ts|map)$/.test(source);
    await cp(from, join(modules, to), { recursive: true, filter: isNeeded });
  }
}
