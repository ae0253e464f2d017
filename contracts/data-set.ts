import { z } from "zod";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { Name, Sha256 } from "./primitives.ts";

/** What a person calls one state of a data set, such as a date or `v3`. */
export const DataSetVersion = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "must be 1-64 of A-Z, a-z, 0-9, '.', '_', '-', starting with a letter or a digit",
  );

/** A version of a data set as people write it: `name@version`. */
export const DataSetName = z
  .string()
  .refine((text) => parts(text) !== undefined, "must be <name>@<version>, such as wine@2026-01");
export type DataSetName = z.infer<typeof DataSetName>;

/** A file of a data set; its bytes lie at `blobs/sha256/<sha256>`, beside those of releases. */
export const DataSetFile = z.strictObject({
  /** Relative, with `/`, below the data set's own folder. */
  path: z
    .string()
    .min(1)
    .max(1024)
    .refine(
      (path) =>
        !path.includes("\\") &&
        !path.includes("\0") &&
        path.split("/").every((part) => part !== "" && part !== "." && part !== ".."),
      "must be a relative path without '.', '..' and '\\'",
    ),
  sha256: Sha256,
  /** Bytes. */
  size: z.int().nonnegative(),
});
export type DataSetFile = z.infer<typeof DataSetFile>;

/** One version of a data set: every file by its content. It is written once and never changes. */
export const DataSetManifest = z
  .strictObject({
    schema: z.literal("isotherm.dev/data-set/v1"),
    name: Name,
    version: DataSetVersion,
    /** Examples: rows of tables, one for every file that is no table. */
    rows: z.int().nonnegative(),
    /** By path, ascending. */
    files: z.array(DataSetFile).min(1),
  })
  .superRefine(({ files }, context) => {
    for (const [index, { path }] of files.entries()) {
      const before = files[index - 1]?.path;
      if (before !== undefined && before >= path) {
        const message = `'${path}' after '${before}': paths ascend, and each is there once`;
        context.addIssue({ code: "custom", path: ["files", index], message });
      }
    }
  });
export type DataSetManifest = z.infer<typeof DataSetManifest>;

/** @throws Error where the text is not `name@version` */
export function splitDataSetName(text: string): { name: string; version: string } {
  const found = parts(text);
  if (found === undefined) throw new Error(`'${text}' is not <name>@<version>`);
  return found;
}

/**
 * SHA-256 that stands for a data set's content, whatever its name: that of the only file, so that a table has the same
 * hash wherever it comes from, and that of the list of files where there are several.
 */
export function dataSetDigest({ files }: Pick<DataSetManifest, "files">): string {
  const [only, ...others] = files;
  return only !== undefined && others.length === 0 ? only.sha256 : sha256Hex(canonicalJson(files));
}

/** Where a version's manifest lies in the bucket. */
export function dataSetKey(name: string, version: string): string {
  return `datasets/${name}/${version}.json`;
}

function parts(text: string): { name: string; version: string } | undefined {
  const [name = "", version = "", ...rest] = text.split("@");
  const isWhole =
    rest.length === 0 && Name.safeParse(name).success && DataSetVersion.safeParse(version).success;
  return isWhole ? { name, version } : undefined;
}
