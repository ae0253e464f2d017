import { createHash } from "node:crypto";
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { versions } from "../versions.ts";
import { probe, run } from "./command.ts";
import { ensureEntry } from "./entry.ts";
import { ensureGoTool } from "./go.ts";
import { ensureLanguageHost } from "./language-host.ts";
import { tryOfficial } from "./official.ts";
import { ensurePolicyHost } from "./policy-host.ts";
import { atLeast } from "./version.ts";

export type Origin = "installed" | "official" | "built from source" | "stand-in";

export interface PulumiTools {
  /** Folders for PATH: the CLI, and the language host where it lies elsewhere. */
  path: readonly string[];
  version: string;
  origin: Origin;
}

const languageHost = "pulumi-language-nodejs";

/**
 * Finds a Pulumi CLI with its Node.js language host: the one that is installed, else the official download, else
 * both built from their Go modules.
 * @throws Error where none of the three is to be had
 */
export async function ensurePulumi(report: Report): Promise<PulumiTools> {
  return (await installed()) ?? (await official(report)) ?? (await built(report));
}

async function installed(): Promise<PulumiTools | undefined> {
  const command = await folderOnPath("pulumi");
  if (command === undefined) return undefined;
  const version = await probe(join(command, "pulumi"), ["version"]);
  if (version === undefined || !atLeast(version, versions.pulumiMinimum)) return undefined;
  const host = await folderOnPath(languageHost);
  if (host === undefined) return undefined;
  return { path: [...new Set([command, host])], version: version.trim(), origin: "installed" };
}

/** The folder of PATH that holds `command`. What lies in the cache was not installed: it is on PATH because we put it there. */
async function folderOnPath(command: string): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    if (folder === "" || folder.startsWith(`${cache}/`)) continue;
    const isThere = await access(join(folder, command)).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
  return undefined;
}

async function official(report: Report): Promise<PulumiTools | undefined> {
  const version = versions.pulumiOfficial;
  const folder = join(cache, "tools", `pulumi-official-${version}`);
  const entry = {
    folder,
    name: "pulumi (official)",
    build: (target: string) => download(version, target),
  };
  const found = await tryOfficial(`Pulumi CLI ${version}`, report, () => {
    report(`asking for the official Pulumi CLI ${version}`);
    return ensureEntry(entry, report);
  });
  if (found === undefined) return undefined;
  return { path: [join(found, "pulumi")], version: `v${version}`, origin: "official" };
}

/** Downloads and unpacks the release for this machine after checking it against the release's checksums. */
async function download(version: string, target: string): Promise<void> {
  const platform = process.platform === "darwin" ? "darwin" : "linux";
  const file = `pulumi-v${version}-${platform}-${process.arch === "arm64" ? "arm64" : "x64"}.tar.gz`;
  const base = "https://get.pulumi.com/releases/sdk";
  const checksums = new TextDecoder().decode(
    await fetchBytes(`${base}/pulumi-${version}-checksums.txt`, 5),
  );
  const wanted = checksums
    .split("\n")
    .find((line) => line.trim().endsWith(file))
    ?.split(/\s+/)[0];
  const archive = await fetchBytes(`${base}/${file}`, 300);
  const actual = createHash("sha256").update(archive).digest("hex");
  if (actual !== wanted)
    throw new Error(`${file}: its checksum is ${actual}, the release says ${wanted}`);
  await mkdir(target, { recursive: true });
  const path = join(target, file);
  await writeFile(path, archive);
  await run("tar", ["-xzf", path, "-C", target]);
  await rm(path);
}

async function fetchBytes(url: string, seconds: number): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(seconds * 1_000) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function built(report: Report): Promise<PulumiTools> {
  const host = await ensureLanguageHost(report);
  const cli = await ensureGoTool("pulumi", report);
  return {
    path: [join(cli, "bin"), host, await ensurePolicyHost(report)],
    version: `v${versions.pulumi}`,
    origin: "built from source",
  };
}
