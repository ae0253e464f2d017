import { holdPrefix } from "./hold.ts";
import { shortDigest } from "./release.ts";

// The vocabulary of the cluster's admission: what the program writes, and the policies of stack `cluster` ask.

/**
 * Name of the ConfigMap, in each environment's namespace, that says which release each slot may have: Service of the slot ->
 * digest. What is not there gets no requests.
 */
export const approvedName = "approved-releases";

/** Starts the keys, in that ConfigMap, of releases that are on hold: whoever has a release there gets no requests. */
export const heldPrefix = "held.";

/** Key of a release that is on hold. */
export function heldKey(release: string): string {
  return `${heldPrefix}${shortDigest(release)}`;
}

/**
 * A verb of admission's own: no API serves this resource, but a Role may grant the verbs on it. `approve` is to say what may
 * be served, `hold` to say of a release that it may not.
 */
export const approval = {
  group: "isotherm.dev",
  resource: "releases",
  verbs: { approve: "approve", hold: "hold" },
} as const;

/** ClusterRole of both verbs, to be bound in the namespaces of the environments that somebody deploys to. */
export const deployerRole = "isotherm-deployer";

/**
 * Name of the configuration of a slot's servers: the release can be read from it, so that admission need not look inside.
 * @param content what makes another content another name: hexadecimal digits
 */
export function servingConfigName(instance: string, release: string, content: string): string {
  return `${instance}-${shortDigest(release)}-${content.slice(0, 10)}`;
}

const servingConfig = /^.+-(?:blue|green|shadow)-([0-9a-f]{12})-[0-9a-f]{10}$/;

/** First digits of the release in the name of a configuration; undefined where it is no such name. */
export function releaseOfConfig(name: string): string | undefined {
  return servingConfig.exec(name)?.[1];
}

/** Names of ConfigMaps that say what may be served; RE2 and JavaScript read it alike. */
export const guardedNames =
  `^(${approvedName}|(${holdPrefix}|release-).+-[0-9a-f]{12}|` +
  `.+-(blue|green|shadow)-[0-9a-f]{12}-[0-9a-f]{10})$`;
