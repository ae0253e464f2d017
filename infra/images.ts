import { versions } from "../embedded/versions.ts";
import type { ImageRole } from "./schema.ts";

export type Images<Role extends ImageRole = ImageRole> = Readonly<Record<Role, string>>;

/** Images of what a cluster has once. */
export const clusterRoles = ["envoy-gateway", "envoy"] as const;

/** Images of what a cluster has where its stack file asks for it. */
export const metricsRoles = ["metrics-server"] as const;

/** Images of what every environment has. */
export const environmentRoles = ["postgres", "s3", "mlflow", "training", "serving"] as const;

/** Public images of the same versions, for clusters that can pull. Ours have no public home yet. */
const publicImages: Partial<Images> = {
  "envoy-gateway": `envoyproxy/gateway:v${versions.envoyGateway}`,
  "metrics-server": `registry.k8s.io/metrics-server/metrics-server:v${versions.metricsServer}`,
  envoy: `envoyproxy/envoy:distroless-v${versions.envoy}`,
  postgres: `postgres:${versions.postgres}-${versions.debianSuite}`,
  s3: `versity/versitygw:v${versions.versitygw}`,
};

/** The role whose public image this is; undefined where it is none of them. */
export function publicRole(image: string): ImageRole | undefined {
  return (Object.keys(publicImages) as ImageRole[]).find((role) => publicImages[role] === image);
}

export interface ImageSources {
  /** Named in the stack file; wins. */
  overrides: Partial<Images>;
  /** What `npm run images` built, by role. */
  built: Readonly<Record<string, string>> | undefined;
  /** Whether the cluster can pull public images. */
  pullsPublic: boolean;
}

/**
 * Decides each role's image: the stack file's, else a public one where the cluster can pull, else the one that was
 * built. What was built lies in this machine's own cluster only, so for another cluster it is the last resort: there
 * it does for images without a public home, if that cluster was given them.
 * @throws Error that names every role without an image, and the way to get one
 */
export function chooseImages<Role extends ImageRole>(
  roles: readonly Role[],
  { overrides, built, pullsPublic }: ImageSources,
): Images<Role> {
  const found = roles.map((role) => ({
    role,
    image: overrides[role] ?? (pullsPublic ? publicImages[role] : undefined) ?? built?.[role],
  }));
  const missing = found.filter(({ image }) => image === undefined).map(({ role }) => role);
  if (missing.length > 0) {
    const maker = pullsPublic ? "npm run images" : "npm start";
    throw new Error(
      `no image for ${missing.join(", ")}: build them with \`${maker}\`, ` +
        `or name them under isotherm:images in the stack file`,
    );
  }
  return Object.fromEntries(found.map(({ role, image }) => [role, image])) as Images<Role>;
}
