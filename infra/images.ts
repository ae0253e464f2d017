import { imageRoles, type ImageRole } from "./schema.ts";

export type Images = Readonly<Record<ImageRole, string>>;

/** Public images of the same versions, for clusters that can pull. Ours have no public home yet. */
const publicImages: Partial<Images> = {
  "envoy-gateway": "docker.io/envoyproxy/gateway:v1.9.1",
  envoy: "docker.io/envoyproxy/envoy:distroless-v1.39.1",
  postgres: "docker.io/library/postgres:15-bookworm",
  s3: "docker.io/versity/versitygw:v1.8.0",
};

export interface ImageSources {
  /** Named in the stack file; wins. */
  overrides: Partial<Images>;
  /** What `npm run images` built, by role. */
  built: Readonly<Record<string, string>> | undefined;
  /** Whether the cluster can pull public images. */
  pullsPublic: boolean;
}

/**
 * Decides each role's image: the stack file's, else the one that was built, else a public one.
 * @throws Error that names every role without an image, and the way to get one
 */
export function chooseImages(sources: ImageSources): Images {
  const found: Partial<Record<ImageRole, string>> = {};
  for (const role of imageRoles) {
    const image =
      sources.overrides[role] ??
      sources.built?.[role] ??
      (sources.pullsPublic ? publicImages[role] : undefined);
    if (image !== undefined) found[role] = image;
  }
  const missing = imageRoles.filter((role) => found[role] === undefined);
  if (missing.length > 0) {
    throw new Error(
      `no image for ${missing.join(", ")}: build them with \`npm run images\`, ` +
        `or name them under isotherm:images in the stack file`,
    );
  }
  return found as Images;
}
