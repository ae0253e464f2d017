import { execa } from "execa";
import { open } from "node:fs/promises";
import type { Report } from "../report.ts";
import { ClusterError } from "./errors.ts";
import type { Cluster, ImageArchive } from "./types.ts";

const namespace = "k8s.io";
const block = 512;

/** Socket and client of the containerd that holds the images. */
export type ImageStore = Pick<Cluster, "ctr" | "containerdSocket">;

/**
 * Brings image archives (OCI layout in a tar) into the cluster, skipping those it already has with the same digest.
 * Throws where an archive cannot be read or does not carry its reference.
 */
export async function importImages(
  store: ImageStore,
  images: readonly ImageArchive[],
  report: Report,
): Promise<void> {
  const present = await listImages(store);
  for (const image of images) {
    const digest = await archiveDigest(image);
    if (present.get(image.reference) === digest) continue;
    const start = Date.now();
    await ctr(store, "images", "import", "--digests=false", image.archive);
    if ((await listImages(store)).get(image.reference) !== digest) {
      throw new ClusterError(
        "image",
        `${image.archive} was imported, but ${image.reference} is not what it holds: build the image again`,
      );
    }
    report(`imported ${image.reference} (${((Date.now() - start) / 1_000).toFixed(1)} s)`);
  }
}

/** References the cluster holds, each with the digest of what it names. */
export async function listImages(store: ImageStore): Promise<Map<string, string>> {
  return parseImageList(await ctr(store, "images", "list"));
}

/** Reads the table of `ctr images list`: reference, type, digest, size and more. */
export function parseImageList(table: string): Map<string, string> {
  const rows = table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.flatMap(([reference, , digest]) =>
      reference !== undefined && digest?.startsWith("sha256:") === true
        ? [[reference, digest] as const]
        : [],
    ),
  );
}

async function ctr(store: ImageStore, ...args: string[]): Promise<string> {
  const result = await execa(store.ctr, ["-a", store.containerdSocket, "-n", namespace, ...args], {
    reject: false,
  });
  if (result.failed) {
    throw new ClusterError(
      "image",
      `ctr ${args.join(" ")}: ${result.stderr || result.shortMessage}`,
    );
  }
  return result.stdout;
}

/** Digest that an archive's index gives for the image's reference. */
export async function archiveDigest(image: ImageArchive): Promise<string> {
  const found = (await manifests(image.archive)).find(({ annotations = {} }) =>
    nameKeys.some((key) => annotations[key] === image.reference),
  );
  if (found?.digest === undefined) {
    throw new ClusterError(
      "image",
      `${image.archive} does not hold ${image.reference}: build the image again`,
    );
  }
  return found.digest;
}

/**
 * The images that an archive holds, by the names it gives them: what `docker save` and `buildah push oci-archive:` write.
 * @throws ClusterError where it cannot be read, or one of its images has no full name
 */
export async function archiveImages(archive: string): Promise<ImageArchive[]> {
  return (await manifests(archive)).map(({ annotations = {} }) => {
    const reference = nameKeys.map((key) => annotations[key]).find((name) => name?.includes("/"));
    if (reference !== undefined) return { reference, archive };
    throw new ClusterError(
      "image",
      `${archive} holds an image without a name: save it by its name, such as localhost/trainer:1`,
    );
  });
}

/** Docker writes the tag alone under the second. */
const nameKeys = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

async function manifests(
  archive: string,
): Promise<{ digest?: string; annotations?: Record<string, string> }[]> {
  const index = JSON.parse(await readTarEntry(archive, "index.json")) as {
    manifests?: { digest?: string; annotations?: Record<string, string> }[];
  };
  return index.manifests ?? [];
}

// Layers are large and index.json is small: only headers are read on the way to it.
async function readTarEntry(path: string, name: string): Promise<string> {
  const file = await open(path).catch((error: Error) => {
    throw new ClusterError("image", `image archive ${path} cannot be read: ${error.message}`);
  });
  try {
    const header = Buffer.alloc(block);
    for (let offset = 0; ;) {
      const { bytesRead } = await file.read(header, 0, block, offset);
      if (bytesRead < block || header[0] === 0) break;
      const entry = textField(header, 0, 100).replace(/^\.\//, "");
      const size = parseInt(textField(header, 124, 12), 8);
      if (!Number.isFinite(size)) break;
      if (entry === name) {
        const content = Buffer.alloc(size);
        await file.read(content, 0, size, offset + block);
        return content.toString("utf8");
      }
      offset += block + Math.ceil(size / block) * block;
    }
  } finally {
    await file.close();
  }
  throw new ClusterError(
    "image",
    `${path} is not an OCI image archive (no ${name}): build it again`,
  );
}

function textField(header: Buffer, start: number, length: number): string {
  return (
    header
      .toString("latin1", start, start + length)
      .split("\0")[0]
      ?.trim() ?? ""
  );
}
