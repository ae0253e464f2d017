import { Provider } from "@pulumi/kubernetes/provider.js";
import type { EnvironmentState } from "../infra/environment-stack.ts";
import type { ReleaseManifest } from "../contracts/release.ts";
import { nothingLive } from "../infra/live.ts";
import { imageRoles, type ImageRole } from "../infra/schema.ts";
import type { OpenReleases, Target } from "../infra/targets/target.ts";

/** A place to declare stacks in against mocks. It has an image for every role, and whatever features are asked for. */
export function mockTarget(change: Partial<Target<ImageRole>> = {}): Target<ImageRole> {
  const images = Object.fromEntries(
    imageRoles.map((role) => [role, `localhost/isotherm/${role}:1`]),
  );
  return {
    provider: new Provider("kubernetes", {}),
    storageClass: undefined,
    images: images as Record<ImageRole, string>,
    crds: () => [],
    requireGatewayClass: () => Promise.resolve(),
    requireMetrics: () => Promise.resolve(),
    requireNoOtherMetrics: () => Promise.resolve(),
    hasAdmission: () => Promise.resolve(true),
    readLive: () => Promise.resolve(nothingLive),
    openTunnel: () => Promise.reject(new Error("no tunnel is open to a mock")),
    openReleases: () => Promise.resolve({ reader: wholeReleases, close: () => undefined }),
    ...change,
  };
}

/** An object store in which every release is whole. */
const wholeReleases: OpenReleases["reader"] = {
  manifest: () => Promise.resolve({} as ReleaseManifest),
  file: () => Promise.resolve(new Uint8Array()),
};

/** A target whose registry is an HTTP server of a test. */
export function targetWithRegistry(url: string): Target<ImageRole> {
  return mockTarget({ openTunnel: () => Promise.resolve({ url, close: () => undefined }) });
}

/** An environment that the cluster holds nothing of, and that tells nobody. */
export function freshEnvironment(environment: string): EnvironmentState {
  return { environment, live: nothingLive, say: () => undefined };
}

/** What the mocks answer for an environment's gateway. */
export const programmedGateway = {
  gateway: { status: { addresses: [{ type: "IPAddress", value: "10.96.0.7" }] } },
};
