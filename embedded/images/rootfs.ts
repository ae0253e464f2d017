import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../report.ts";
import { run } from "../toolchain/command.ts";
import { requireDisk } from "../toolchain/disk.ts";
import { versions } from "../versions.ts";
import { debianSources, indexTargetFormat, proxyOptions } from "./sources.ts";

/** Documentation and translations, which an image has no use for; licences stay. */
export const leftOut = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/info/*",
  "path-exclude=/usr/share/doc/*",
  "path-include=/usr/share/doc/*/copyright",
];

export const basePackages = ["ca-certificates", "tzdata", "libstdc++6"];

async function mirrorSources(): Promise<string[]> {
  const ask = () =>
    run("apt-get", ["indextargets", "--format", indexTargetFormat, "Created-By: Packages"]);
  const found = debianSources(await ask(), versions.debianSuite);
  if (found.length > 0) return found;
  // Where the lists were never read apt does not know who publishes them.
  await run("apt-get", ["-q", "update"]);
  return debianSources(await ask(), versions.debianSuite);
}

/** Writes a minimal Debian root file system to `<folder>/rootfs.tar`, from the mirror this machine itself uses. */
export async function makeRootfs(folder: string, report: Report): Promise<void> {
  await requireDisk("Making the base image", folder, 1.5e9);
  const sources = await mirrorSources();
  if (sources.length === 0) {
    throw new Error(
      `No source of Debian ${versions.debianSuite} (main) among this machine's apt sources:` +
        " add one in /etc/apt/sources.list.d and run apt-get update.",
    );
  }
  const list = join(folder, "sources.list");
  await writeFile(list, `${sources.join("\n")}\n`);
  const acquire = proxyOptions(await run("apt-config", ["dump"]));
  report(`making a Debian ${versions.debianSuite} root file system`);
  const tar = join(folder, "rootfs.tar");
  await run("mmdebstrap", [
    "--variant=minbase",
    `--include=${basePackages.join(",")}`,
    ...leftOut.map((option) => `--dpkgopt=${option}`),
    ...acquire.map((option) => `--aptopt=${option}`),
    versions.debianSuite,
    tar,
    list,
  ]);
  await access(tar);
}
