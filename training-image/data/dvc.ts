import { createHash } from "node:crypto";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { parse } from "yaml";
import { z } from "zod";
import { BadInputError } from "../workloads/errors.ts";
import type { SourceFile } from "./data-set-store.ts";

/** Where DVC keeps files: `s3://bucket/prefix`. */
export interface DvcRemote {
  objects: Pick<ObjectStore, "get">;
  bucket: string;
  prefix: string;
}

const Md5 = z.string().regex(/^[0-9a-f]{32}(\.dir)?$/, "must be an MD5 in lower-case hexadecimal");

/**
 * A `.dvc` file, as far as it says which content it stands for.
 * Source: https://dvc.org/doc/user-guide/project-structure/dvc-files
 */
const Pointer = z.object({
  outs: z
    .array(
      z.object({
        md5: Md5,
        /** "md5" from DVC 3 on; without it DVC 2 wrote the file, which kept files elsewhere. */
        hash: z.literal("md5").optional(),
        path: z.string().min(1),
      }),
    )
    .min(1),
});

/** The content of a `.dir` object. */
const Listing = z.array(z.object({ md5: Md5, relpath: z.string().min(1) }));

/** @throws BadInputError where the text is not `s3://bucket` or `s3://bucket/prefix` */
export function parseRemote(text: string): { bucket: string; prefix: string } {
  const [, bucket, prefix = ""] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/.exec(text) ?? [];
  if (bucket === undefined) {
    throw new BadInputError(`'${text}' is not a DVC remote on S3: wanted s3://bucket/prefix`);
  }
  return { bucket, prefix };
}

/**
 * The files that a `.dvc` pointer stands for, read from its remote by their MD5.
 * @param name the pointer file's own name, for errors
 * @throws BadInputError where the pointer is not understood, or its directory listing is missing or altered
 */
export async function dvcFiles(
  name: string,
  text: string,
  remote: DvcRemote,
): Promise<SourceFile[]> {
  const { outs } = readPointer(name, text);
  const files: SourceFile[] = [];
  for (const { md5, hash, path } of outs) {
    const read = (digest: string, what: string) =>
      readByMd5(remote, digest, hash === undefined, `${name}: ${what}`);
    const own = path.split("/").at(-1) ?? path;
    if (!md5.endsWith(".dir")) {
      files.push({ path: own, read: () => read(md5, path) });
      continue;
    }
    const listing = Listing.safeParse(parseJson(await read(md5, path)));
    if (!listing.success) throw new BadInputError(`${name}: ${path}: ${md5} lists no files`);
    const prefix = outs.length > 1 ? `${own}/` : "";
    for (const entry of listing.data) {
      files.push({
        path: `${prefix}${entry.relpath}`,
        read: () => read(entry.md5, entry.relpath),
      });
    }
  }
  return files;
}

function readPointer(name: string, text: string): z.infer<typeof Pointer> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new BadInputError(`${name} is not YAML: ${(error as Error).message.split("\n")[0]}`);
  }
  const result = Pointer.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new BadInputError(`${name} is no .dvc pointer that is understood: ${problems.join("; ")}`);
}

/**
 * DVC 3 keeps a file at `files/md5/<two digits>/<the others>`, DVC 2 at `<two digits>/<the others>`. DVC 2 took the MD5
 * of text files with Unix line ends.
 */
async function readByMd5(
  { objects, bucket, prefix }: DvcRemote,
  md5: string,
  isVersion2: boolean,
  what: string,
): Promise<Uint8Array> {
  const place = `${md5.slice(0, 2)}/${md5.slice(2)}`;
  const key = [prefix, isVersion2 ? "" : "files/md5", place].filter(Boolean).join("/");
  const bytes = await objects.get(bucket, key);
  if (bytes === undefined) throw new BadInputError(`${what}: s3://${bucket}/${key} is missing`);
  const wanted = md5.replace(".dir", "");
  const isWhole =
    md5Hex(bytes) === wanted || (isVersion2 && md5Hex(withUnixLineEnds(bytes)) === wanted);
  if (!isWhole) {
    throw new BadInputError(
      `${what} has been altered: its MD5 is ${md5Hex(bytes)}, wanted ${wanted}`,
    );
  }
  return bytes;
}

function md5Hex(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

function withUnixLineEnds(bytes: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(bytes).toString("latin1").replaceAll("\r\n", "\n"), "latin1");
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
