import { mkdir, readdir, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { probe, run } from "../toolchain/command.ts";
import { withLock } from "../toolchain/lock.ts";

/** File system types on which overlay mounts cannot be stacked. */
const unstackable = new Set([0x794c7630 /* overlayfs */, 0x65735546 /* fuse */]);

/** The storage driver for a cache on a file system of this type (as statfs gives it). */
export function storageDriver(fileSystemType: number): "overlay" | "vfs" {
  return unstackable.has(fileSystemType) ? "vfs" : "overlay";
}

interface Storage {
  options: readonly string[];
  policy: string;
}

async function storage(): Promise<Storage> {
  const folder = join(cache, "buildah");
  await mkdir(folder, { recursive: true });
  const driver = storageDriver((await statfs(folder)).type);
  const policy = join(folder, "policy.json");
  await writeFile(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  const options = ["--storage-driver", driver];
  options.push("--root", join(folder, driver), "--runroot", join(folder, `${driver}-run`));
  return { options, policy };
}

/** buildah on a storage of its own, so that the user's images and containers are neither seen nor touched. */
async function buildah(command: string, args: readonly string[]): Promise<string> {
  const { options, policy } = await storage();
  const signed = ["bud", "push", "pull"].includes(command) ? ["--signature-policy", policy] : [];
  return run("buildah", [...options, command, ...signed, ...args]);
}

/** A buildah that one process at a time uses: its storage is shared by all checkouts of the machine. */
export function withBuildah<T>(report: Report, work: () => Promise<T>): Promise<T> {
  return withLock(join(cache, "locks", "buildah"), report, work);
}

/** Puts an image that lies in an OCI archive into the storage, where it is not there yet. */
export async function loadImage(reference: string, archive: string): Promise<void> {
  const { options } = await storage();
  const there = await probe("buildah", [...options, "images", "--quiet", reference]);
  if (there !== undefined && there !== "") return;
  const id = (await buildah("pull", ["--quiet", `oci-archive:${archive}`])).trim();
  await buildah("tag", [id, reference]);
}

/** Builds the Dockerfile in `context` and writes the image to an OCI archive. */
export async function buildImage(image: {
  reference: string;
  context: string;
  archive: string;
  arguments: Readonly<Record<string, string>>;
  /** Keep it in the storage as well, for images that build upon it. */
  keep: boolean;
}): Promise<void> {
  const buildArguments = Object.entries(image.arguments).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  await buildah("bud", [
    "--quiet",
    "--isolation=chroot",
    "--layers=false",
    "--pull-never",
    "--format=oci",
    ...buildArguments,
    `--tag=${image.reference}`,
    image.context,
  ]);
  await buildah("push", [
    "--quiet",
    image.reference,
    `oci-archive:${image.archive}:${image.reference}`,
  ]);
  if (!image.keep) await buildah("rmi", ["--force", image.reference]);
  await sweep();
}

/** buildah leaves the containers of stages that others copied from, mounted, and their images without a name. */
async function sweep(): Promise<void> {
  await buildah("rm", ["--all"]);
  await buildah("rmi", ["--prune"]);
}

/** Removes the storage; it may hold overlay mounts of a build that was interrupted. */
export async function removeStorage(): Promise<void> {
  const folder = join(cache, "buildah");
  const there = await readdir(folder).catch(() => []);
  if (there.length === 0) return;
  await buildah("rm", ["--all"]).catch(() => undefined);
  await run("rm", ["-rf", "--one-file-system", folder]);
}
