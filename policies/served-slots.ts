import type { PolicyResource } from "@pulumi/policy";
import { keys, servingConfigPath } from "../contracts/names.ts";
import { shortDigest } from "../contracts/release.ts";
import { ServingConfig } from "../contracts/serving-config.ts";
import { releaseOf, type ReleaseObject } from "./release-object.ts";
import { placeOf, type Metadata } from "./selectors.ts";

/** Servers of one release, as the program configures them. */
export interface ServedSlot {
  model: string;
  slot: string;
  /** Digest of the release. */
  release: string;
  urn: string;
}

const file = servingConfigPath.split("/").at(-1) ?? "";

/** What a resource has servers serve; none where it configures no server, or one that nobody can read. */
export function servedBy(resource: PolicyResource): ServedSlot[] {
  const text = configurationOf(resource);
  const config = ServingConfig.safeParse(text === undefined ? undefined : parsed(text));
  // Servers refuse any other configuration when they start.
  if (!config.success) return [];
  const { slot, models } = config.data;
  return models.map(({ name, release }) => ({ model: name, slot, release, urn: resource.urn }));
}

/** Whether a resource configures servers with what is no JSON. */
export function isUnreadable(resource: PolicyResource): boolean {
  const text = configurationOf(resource);
  return text !== undefined && parsed(text) === undefined;
}

function configurationOf({ type, props }: PolicyResource): string | undefined {
  if (type !== "kubernetes:core/v1:ConfigMap" || releaseOf(type, props) !== undefined) {
    return undefined;
  }
  const { metadata } = props as { metadata?: Metadata };
  if (metadata?.labels?.["app.kubernetes.io/component"] !== "model-server") return undefined;
  return (props as { data?: Readonly<Record<string, string>> }).data?.[file];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The release that a resource declares; none where it declares something else. */
export function declaredRelease({ type, props }: PolicyResource): ReleaseObject[] {
  const release = releaseOf(type, props);
  if (release === undefined) return [];
  // Read here, so that a release whose contents are not known yet is told by whoever asks for it.
  return [{ ...release, data: { ...release.data } }];
}

/** What a message calls a slot. */
export function slotLabel({ model, slot, release }: ServedSlot): string {
  return `${model}, slot ${slot}, release ${shortDigest(release)}`;
}

interface RouteSpec {
  rules?: readonly {
    matches?: readonly { headers?: readonly { name?: string }[] }[];
    backendRefs?: readonly { name?: string; weight?: number }[];
  }[];
}

/**
 * Share of a slot in the requests of its model. Rules that ask for a header, by which a slot is tried before it has a
 * share, do not count.
 */
export function weightOf(
  { model, slot }: ServedSlot,
  resources: readonly PolicyResource[],
): number {
  const weights = resources.flatMap((route) => {
    if (!/^kubernetes:gateway\.networking\.k8s\.io\/[^:]+:HTTPRoute$/.test(route.type)) return [];
    const { metadata, spec } = route.props as { metadata?: Metadata; spec?: RouteSpec };
    if (metadata?.labels?.[keys.model] !== model) return [];
    const open = (spec?.rules ?? []).filter(({ matches = [] }) =>
      matches.every(({ headers = [] }) => headers.length === 0),
    );
    const backends = open.flatMap(({ backendRefs = [] }) => backendRefs);
    return backends.flatMap(({ name = "", weight = 1 }) => {
      const service = resources.find(
        (resource) =>
          resource.type === "kubernetes:core/v1:Service" &&
          placeOf(resource).name === name &&
          placeOf(resource).namespace === placeOf(route).namespace,
      );
      const labels = (service?.props as { metadata?: Metadata } | undefined)?.metadata?.labels;
      return labels?.[keys.model] === model && labels[keys.slot] === slot ? [weight] : [];
    });
  });
  return Math.max(0, ...weights);
}
