import { z } from "zod";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { Evidence } from "./evidence.ts";
import { Name, Sha256 } from "./primitives.ts";

/**
 * What a file of a release is for. A server warms the model up with the example; graphs of the physics let it check its
 * own answers.
 */
export const FileRole = z.enum([
  "model",
  "contract",
  "baseline",
  "example",
  "residual",
  "boundary",
  "initial",
]);
export type FileRole = z.infer<typeof FileRole>;

export const ReleaseFile = z.strictObject({
  path: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be a plain file name"),
  role: FileRole,
  size: z.int().positive(),
  sha256: Sha256,
});
export type ReleaseFile = z.infer<typeof ReleaseFile>;

/** Every file of a model by digest, and the evidence for it. Its own digest is the release's name. */
export const ReleaseManifest = z
  .strictObject({
    schema: z.literal("isotherm.dev/release/v1"),
    model: Name,
    files: z.array(ReleaseFile).min(2),
    evidence: Evidence,
  })
  .superRefine((manifest, context) => {
    const paths = manifest.files.map((file) => file.path);
    if (new Set(paths).size !== paths.length) {
      context.addIssue({ code: "custom", path: ["files"], message: "two files share a path" });
    }
    for (const role of ["model", "contract"] as const) {
      if (manifest.files.filter((file) => file.role === role).length !== 1) {
        context.addIssue({ code: "custom", path: ["files"], message: `needs exactly one ${role}` });
      }
    }
  });
export type ReleaseManifest = z.infer<typeof ReleaseManifest>;

/** Name of a release: SHA-256 of its canonical manifest, the same in every environment. */
export function releaseDigest(manifest: ReleaseManifest): string {
  return sha256Hex(canonicalJson(ReleaseManifest.parse(manifest)));
}

/** What the store holds under a digest is not what the digest names. */
export class DamagedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DamagedError";
  }
}

/** The twelve digits that people read and write. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

/** Whether two names, each of the first 12 digits or more, are of one release. An empty one names none. */
export function isSameRelease(one: string, another: string): boolean {
  if (one === "" || another === "") return false;
  return one.startsWith(another) || another.startsWith(one);
}

/**
 * Reads a manifest that was stored under a digest.
 * @throws Error when the text is not a manifest, or is not the one that the digest names.
 */
export function parseRelease(text: string, digest: string): ReleaseManifest {
  const actual = sha256Hex(text);
  if (actual !== digest) {
    throw new DamagedError(
      `release ${shortDigest(digest)}: the stored manifest has digest ${shortDigest(actual)}`,
    );
  }
  const result = ReleaseManifest.safeParse(JSON.parse(text));
  if (!result.success) {
    throw new Error(
      `release ${shortDigest(digest)}: not a release manifest: ${z.prettifyError(result.error)}`,
    );
  }
  return result.data;
}

/** The file that plays a role, or undefined where the release has none. */
export function fileByRole(manifest: ReleaseManifest, role: FileRole): ReleaseFile | undefined {
  return manifest.files.find((file) => file.role === role);
}
