import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { execa } from "execa";

export type StandIn = "kubernetes" | "random";

/** The file that tells a stand-in from an official plugin, beside the program; it holds what it was made from. */
export const standInMark = ".isotherm-stand-in";

const folder = import.meta.dirname;

/**
 * Packs a stand-in provider the way Pulumi installs plugins:
 * `pulumi plugin install resource <name> v<version> --file <outFile>`. The archive holds one bundled file that Node 20
 * or newer runs; the Node on the PATH of the CLI is used.
 * @param version of the official plugin it stands in for, without "v"
 * @param sources what the plugin is made from, in any form, to be found in its mark
 * @returns the sha256 of the program inside, for telling builds apart
 */
export async function packProvider(
  name: StandIn,
  version: string,
  outFile: string,
  sources = "",
): Promise<string> {
  const program = await bundle(name, version);
  const work = await mkdtemp(join(tmpdir(), `pulumi-resource-${name}-`));
  try {
    const executable = join(work, `pulumi-resource-${name}`);
    await writeFile(executable, program);
    await chmod(executable, 0o755);
    // The file has no extension: without this, Node takes its format from whichever package.json lies above it.
    await writeFile(join(work, "package.json"), '{ "type": "commonjs" }\n');
    await writeFile(join(work, standInMark), sources);
    await mkdir(dirname(resolve(outFile)), { recursive: true });
    await execa("tar", [
      "-czf",
      resolve(outFile),
      "-C",
      work,
      // First: however far an installation gets, what it leaves never looks official.
      standInMark,
      `pulumi-resource-${name}`,
      "package.json",
    ]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return createHash("sha256").update(program).digest("hex");
}

async function bundle(name: StandIn, version: string): Promise<string> {
  const result = await build({
    entryPoints: [join(folder, name, "main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    legalComments: "none",
    banner: { js: "#!/usr/bin/env node" },
    define: { "process.env.PLUGIN_VERSION": JSON.stringify(version) },
    logLevel: "error",
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of the ${name} provider`);
  return output.text;
}
