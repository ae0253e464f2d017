import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archiveDigest, archiveImages, parseImageList } from "./images.ts";

const reference = "localhost/isotherm/pause:1";
const digest = `sha256:${"a".repeat(64)}`;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isotherm-image-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function archiveWith(index: object): string {
  // A layer before the index, as builders write it.
  writeFileSync(join(folder, "layer"), Buffer.alloc(1_000_003, 7));
  writeFileSync(join(folder, "index.json"), JSON.stringify(index));
  execFileSync("tar", ["-cf", "image.tar", "layer", "./index.json"], { cwd: folder });
  return join(folder, "image.tar");
}

describe("image archives", () => {
  it("give the digest that their index has for the reference", async () => {
    const archive = archiveWith({
      manifests: [
        { digest: `sha256:${"b".repeat(64)}`, annotations: {} },
        { digest, annotations: { "org.opencontainers.image.ref.name": reference } },
      ],
    });
    expect(await archiveDigest({ reference, archive })).toBe(digest);
  });

  it("that hold another image are refused by name", async () => {
    const archive = archiveWith({ manifests: [{ digest, annotations: {} }] });
    await expect(archiveDigest({ reference, archive })).rejects.toThrow(
      `${archive} does not hold ${reference}`,
    );
  });

  it("tell the names of their images, as Docker and as buildah write them", async () => {
    const archive = archiveWith({
      manifests: [
        { digest, annotations: { "org.opencontainers.image.ref.name": reference } },
        {
          digest,
          annotations: {
            "org.opencontainers.image.ref.name": "1",
            "io.containerd.image.name": "docker.io/library/trainer:1",
          },
        },
      ],
    });
    const references = (await archiveImages(archive)).map((image) => image.reference);
    expect(references).toEqual([reference, "docker.io/library/trainer:1"]);
  });

  it("with an image that has no name say what to do", async () => {
    const annotations = { "org.opencontainers.image.ref.name": "1" };
    const archive = archiveWith({ manifests: [{ digest, annotations }] });
    await expect(archiveImages(archive)).rejects.toThrow("save it by its name");
  });

  it("that were cut off, or are missing, say so", async () => {
    const archive = archiveWith({ manifests: [] });
    truncateSync(archive, 700_000);
    await expect(archiveDigest({ reference, archive })).rejects.toThrow("not an OCI image archive");
    await expect(archiveDigest({ reference, archive: "/nowhere.tar" })).rejects.toThrow(
      "/nowhere.tar cannot be read",
    );
  });
});

describe("list of the images in containerd", () => {
  it("maps references to digests and leaves the heading out", () => {
    const table = `REF TYPE DIGEST SIZE PLATFORMS LABELS
${reference} application/vnd.oci.image.manifest.v1+json ${digest} 1.0 MiB linux/amd64 -
`;
    expect(parseImageList(table)).toEqual(new Map([[reference, digest]]));
  });
});
