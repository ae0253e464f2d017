import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { z } from "zod";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { versions } from "../versions.ts";
import { probe, run } from "./command.ts";
import {
  installed,
  minimumFault,
  parseSimulation,
  suiteFault,
  unpacked,
  upstream,
} from "./debian-packages.ts";
import { ensureEntry } from "./entry.ts";
import { withLock } from "./lock.ts";
import { recipeHash } from "./recipe.ts";

/** Where the unpacked Debian programs are. */
export interface Debian {
  /** Folder the packages are unpacked in; it looks like the root of a file system. */
  root: string;
  /** Folders to put on PATH: etcd, containerd and its shim, ctr, runc. */
  path: readonly string[];
  /** Folder of the CNI plugins. */
  cni: string;
  /** The static busybox binary. */
  busybox: string;
  /** A wheel of pip that any Python 3 can run, as in `python3 <pip> install`. */
  pip: string;
}

const recordSchema = z.object({
  installed: z.record(z.string(), z.string()),
  upgraded: z.record(z.string(), z.object({ from: z.string(), to: z.string() })),
  unpacked: z.record(z.string(), z.string()),
});

/** What set-up did with Debian packages on this machine, by package name. */
export type DebianRecord = z.infer<typeof recordSchema>;

const recordFile = () => join(cache, "debian.json");
const lockFile = () => join(cache, "locks", "debian");

/** What set-up installed or unpacked here; all empty where it did nothing. */
export async function readDebianRecord(): Promise<DebianRecord> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(recordFile(), "utf8")));
  } catch {
    return { installed: {}, upgraded: {}, unpacked: {} };
  }
}

async function writeDebianRecord(record: DebianRecord): Promise<void> {
  await mkdir(cache, { recursive: true });
  const temporary = `${recordFile()}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, recordFile());
}

const aptEnv = () => ({
  ...process.env,
  DEBIAN_FRONTEND: "noninteractive",
  LC_ALL: "C",
});

/** apt-get that waits for another apt instead of failing, and does not ask. */
function apt(args: readonly string[], cwd?: string): Promise<string> {
  const options = ["-q", "-y", "-o", "DPkg::Lock::Timeout=600", "-o", "APT::Sandbox::User=root"];
  return run(
    "apt-get",
    [...options, ...args],
    cwd === undefined ? { env: aptEnv() } : { cwd, env: aptEnv() },
  );
}

const isRoot = () => process.getuid?.() === 0;

let updated: Promise<string> | undefined;

function update(report: Report): Promise<string> {
  if (!isRoot()) {
    throw new Error("Reading Debian's package lists needs root: run `sudo apt-get update` once.");
  }
  report("reading Debian's package lists");
  updated ??= apt(["update"]);
  return updated;
}

/** Why this machine cannot use the pinned Debian packages, or undefined where it can. */
export async function debianFault(): Promise<string | undefined> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return suiteFault(text, versions.debianSuite);
}

async function unpack(folder: string, report: Report): Promise<void> {
  const names = unpacked.map((wanted) => wanted.name);
  const downloads = join(folder, "downloads");
  await mkdir(downloads);
  report(`downloading ${names.join(", ")} from Debian`);
  // Lists that are missing, or that name a point version the mirror has dropped, both end here.
  await apt(["download", ...names], downloads).catch(async () => {
    await update(report);
    await apt(["download", ...names], downloads);
  });
  const record = await readDebianRecord();
  for (const file of (await readdir(downloads)).sort()) {
    const archive = join(downloads, file);
    const name = await run("dpkg-deb", ["--field", archive, "Package"]);
    const version = await run("dpkg-deb", ["--field", archive, "Version"]);
    const wanted = unpacked.find((candidate) => candidate.name === name);
    const fault = wanted === undefined ? undefined : minimumFault(wanted, version);
    if (fault !== undefined) throw new Error(fault);
    await run("dpkg-deb", ["--extract", archive, folder]);
    record.unpacked[name] = version;
  }
  await rm(downloads, { recursive: true });
  await writeDebianRecord(record);
}

/** Folders where Debian keeps commands; a user's PATH may lack the sbin ones. */
const systemPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

async function missingCommands(): Promise<string[]> {
  const env = {
    ...process.env,
    PATH: [process.env["PATH"] ?? "", ...systemPath].join(delimiter),
  };
  const missing: string[] = [];
  for (const { name, command } of installed) {
    const found = await probe("sh", ["-c", `command -v ${command}`], { env });
    if (found === undefined) missing.push(name);
  }
  return missing;
}

async function install(report: Report): Promise<void> {
  const missing = await missingCommands();
  if (missing.length === 0) return;
  const ask = ["install", "--no-install-recommends", ...missing];
  const simulate = () => apt(["-s", ...ask]);
  const simulated = await simulate().catch(async () => {
    await update(report);
    return simulate();
  });
  const plan = parseSimulation(simulated);
  if (plan.remove.length > 0) {
    throw new Error(
      `Installing ${missing.join(", ")} would remove ${plan.remove.join(", ")} from this machine.` +
        ` Install ${missing.length === 1 ? "it" : "them"} by hand with apt-get, then run this again.`,
    );
  }
  for (const wanted of installed) {
    const found = plan.install.find((candidate) => candidate.name === wanted.name);
    const fault = found === undefined ? undefined : minimumFault(wanted, found.version);
    if (fault !== undefined) throw new Error(fault);
  }
  report(`installing ${plan.install.map(({ name }) => name).join(", ")} from Debian`);
  // Noted before apt starts: what an interrupted installation leaves behind can still be named and removed.
  const record = await readDebianRecord();
  for (const { name, version, replaces } of plan.install) {
    if (replaces === undefined) record.installed[name] = version;
    else record.upgraded[name] = { from: replaces, to: version };
  }
  await writeDebianRecord(record);
  await apt(ask).catch(async () => {
    await update(report);
    await apt(ask);
  });
}

/**
 * Makes the Debian programs available: daemons unpacked in the cache, tools without services installed.
 * @throws Error on another system than Debian of the pinned suite, without root, or where a package is too old.
 */
export async function ensureDebian(report: Report): Promise<Debian> {
  const debian = await unpackDebian(report);
  if ((await missingCommands()).length > 0) {
    if (!isRoot()) {
      throw new Error(
        "Installing Debian packages needs root: run this again as root or with sudo.",
      );
    }
    await withLock(lockFile(), report, () => install(report));
  }
  return debian;
}

/**
 * The half of `ensureDebian` that needs no root: the packages unpacked in the cache.
 * @throws Error on another system than Debian of the pinned suite, or where a package is too old or not to be had.
 */
export async function unpackDebian(report: Report): Promise<Debian> {
  const fault = await debianFault();
  if (fault !== undefined) throw new Error(fault);
  const folder = join(
    cache,
    "debian",
    `${versions.debianSuite}-${recipeHash({ suite: versions.debianSuite, unpacked })}`,
  );
  const root = await ensureEntry({ folder, name: "debian", build: unpack }, report);
  const wheels = join(root, "usr/share/python-wheels");
  const pip = (await readdir(wheels)).find((file) => file.startsWith("pip-"));
  if (pip === undefined)
    throw new Error(`no wheel of pip in ${wheels}: remove ${root} and try again`);
  return {
    root,
    path: [join(root, "usr/sbin"), join(root, "usr/bin"), join(root, "bin")],
    cni: join(root, "usr/lib/cni"),
    busybox: join(root, "bin/busybox"),
    pip: join(wheels, pip, "pip"),
  };
}

/**
 * Removes the Debian packages that set-up installed on this machine. A package that something else has come to
 * need stays, and is named; packages that were upgraded on the way stay as they are, and are named.
 */
export async function removeDebian(report: Report): Promise<void> {
  await withLock(lockFile(), report, async () => {
    const record = await readDebianRecord();
    const ours = new Set(Object.keys(record.installed));
    const simulate = async (names: readonly string[]) =>
      parseSimulation(await apt(["-s", "purge", ...names])).remove;
    const kept: string[] = [];
    if ((await simulate([...ours])).some((name) => !ours.has(name))) {
      for (const name of [...ours]) {
        if ((await simulate([name])).every((removed) => ours.has(removed))) continue;
        kept.push(name);
      }
    }
    const removable = [...ours].filter((name) => !kept.includes(name));
    if (removable.length > 0) {
      report(`removing ${removable.join(", ")}`);
      await apt(["purge", ...removable]);
    }
    if (kept.length > 0) report(`kept ${kept.join(", ")}: other packages need them now`);
    const upgraded = Object.entries(record.upgraded).map(
      ([name, { from, to }]) => `${name} (${upstream(from)} -> ${upstream(to)})`,
    );
    if (upgraded.length > 0) report(`left upgraded: ${upgraded.join(", ")}`);
    await rm(recordFile(), { force: true });
  });
}
