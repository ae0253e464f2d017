import { tags } from "./names.ts";

/**
 * Tags of a run that say which image made it: the reference as the cluster was given it, and the image's digest where
 * the reference names one (SPEC G-04). Without a digest a reference says only what its registry meant by it then.
 */
export function imageTags(image: string): Record<string, string> {
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  return { [tags.image]: image, ...(digest === undefined ? {} : { [tags.imageDigest]: digest }) };
}
