import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

/** Platforms that onnxruntime-node has a CPU library for and our images can run on. */
export type ImagePlatform = "linux/x64" | "linux/arm64";

/** A file or folder that travels beside the bundle. */
export interface Asset {
  /** Path on this machine. */
  from: string;
  /** Path inside `outDir`. */
  to: string;
}

export interface BundleImageOptions {
  /** TypeScript file that the container starts. */
  entry: string;
  /** Name of the bundle inside `outDir`, e.g. `server.js`. */
  outFile: string;
  /** Folder that the Dockerfile copies to `/app`. It is emptied first. */
  outDir: string;
  /** @default [] */
  assets?: readonly Asset[];
  /**
   * Further entries, bundled the same way: worker threads and the like.
   * @default []
   */
  workers?: readonly { entry: string; outFile: string }[];
  /** @default "linux/x64" */
  platform?: ImagePlatform;
}

/** Stays a package beside the bundle: its native library is found by path from its own code. */
const runtime = "onnxruntime-node";

/** What CommonJS code inside an ES module bundle expects to find. */
const commonJsShim = [
  'import { createRequire as __createRequire } from "node:module";',
  "const require = __createRequire(import.meta.url);",
].join("\n");

/**
 * Makes the folder that becomes `/app` of one of our images: the code as one ES module, and onnxruntime-node
 * with the library of one platform only (46 MB instead of 288).
 * @throws Error where the entry does not bundle or the runtime has no library for the platform
 */
export async function bundleImage(options: BundleImageOptions): Promise<void> {
  const { outDir, assets = [], workers = [], platform = "linux/x64" } = options;
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  for (const { entry, outFile } of [options, ...workers]) {
    await build({
      entryPoints: [entry],
      outfile: join(outDir, outFile),
      bundle: true,
      platform: "node",
      target: "node24",
      format: "esm",
      minifySyntax: true,
      keepNames: true,
      legalComments: "external",
      external: [runtime],
      banner: { js: commonJsShim },
      logLevel: "warning",
    });
  }
  await writeFile(join(outDir, "package.json"), '{ "type": "module", "private": true }\n');
  await copyRuntime(join(outDir, "node_modules"), platform);
  for (const asset of assets) {
    await cp(asset.from, join(outDir, asset.to), { recursive: true });
  }
}

async function copyRuntime(modules: string, platform: ImagePlatform): Promise<void> {
  const source = packageDir(runtime, import.meta.url);
  const common = packageDir("onnxruntime-common", join(source, "package.json"));
  const library = join("bin", "napi-v6", ...platform.split("/"));
  await copyPackage(source, join(modules, runtime), ["dist", library]);
  await copyPackage(common, join(modules, "onnxruntime-common"), ["dist/cjs"]);
}

async function copyPackage(from: string, to: string, folders: readonly string[]): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(join(from, "package.json"), join(to, "package.json"));
  for (const folder of folders) {
    await cp(join(from, folder), join(to, folder), {
      recursive: true,
      filter: (path) => !path.endsWith(".map") && !path.endsWith(".d.ts"),
    }).catch((cause: unknown) => {
      throw new Error(`${from} has no ${folder}: run \`npm ci\` again`, { cause });
    });
  }
  await keepOnlyRequire(join(to, "package.json"));
}

/** onnxruntime-common is asked for by `require` alone, so its ES modules can stay out of the image. */
async function keepOnlyRequire(file: string): Promise<void> {
  const { name, version, license, main } = JSON.parse(await readFile(file, "utf8")) as Record<
    string,
    string
  >;
  await writeFile(file, `${JSON.stringify({ name, version, license, main })}\n`);
}

function packageDir(name: string, from: string): string {
  const entry = createRequire(from).resolve(name);
  const end = entry.lastIndexOf(join("node_modules", name)) + join("node_modules", name).length;
  return dirname(join(entry.slice(0, end), "package.json"));
}
