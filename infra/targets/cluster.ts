import { existsSync, readFileSync } from "node:fs";
import type { KubeConfig } from "@kubernetes/client-node";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { crdFolder } from "../../embedded/crds.ts";
import { homePaths } from "../../embedded/paths.ts";
import { chooseImages, type Images } from "../images.ts";
import type { ImageRole, TargetConfig } from "../schema.ts";
import { embeddedIdentity } from "./cluster-identity.ts";
import { readCrds } from "./crds.ts";
import { requireGatewayClass } from "./gateway-class.ts";
import { hasAdmission } from "./has-admission.ts";
import { findCluster } from "./kube-context.ts";
import { readLive } from "./live.ts";
import { requireMetrics, requireNoOtherMetrics } from "./metrics.ts";
import { openReleases } from "./open-releases.ts";
import { shareTunnels } from "./shared-tunnels.ts";
import type { Target } from "./target.ts";
import { openTunnel } from "./tunnel.ts";

/**
 * Any Kubernetes cluster by its kube context; without one, the cluster that `npm start` keeps on this machine.
 * @throws pulumi.RunError where kubeconfig, context or images are missing
 */
export function clusterTarget<Role extends ImageRole>(
  config: TargetConfig,
  roles: readonly Role[],
  overrides: Partial<Images>,
): Target<Role> {
  const embedded = config.context === undefined;
  const { file, kubeConfig } = asRunError(() => findCluster(config.context));
  const context = kubeConfig.getCurrentContext();

  const clusterIdentifier = embedded
    ? asRunError(() => embeddedIdentity(kubeConfig.getCurrentCluster()))
    : `context:${context}`;
  // The kubeconfig of an embedded cluster that is gone leads to the one that was made since: what is taken from the
  // old one after the new one got it, by the same names, would be taken from the new one. Read-only resources (`get`)
  // must not stand on this provider: the engine would delete it under them, and could not load that state again.
  const options: pulumi.CustomResourceOptions = { deleteBeforeReplace: embedded };
  const settings = {
    kubeconfig: file,
    context,
    // A kubeconfig that moves, or gets new credentials, is still the same cluster: without this, everything in it
    // would be replaced.
    clusterIdentifier,
    enableServerSideApply: true,
    // The list of approved releases changes in place: without it no weight could be written. What is never to change says so.
    enableConfigMapMutable: true,
  };
  const provider = new Provider("kubernetes", settings, options);
  const answered = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      if (error instanceof pulumi.RunError) throw error;
      throw new pulumi.RunError(doesNotAnswer(kubeConfig, embedded, innermost(error)));
    }
  };
  const tunnel = shareTunnels((namespace, labels, port) =>
    openTunnel(kubeConfig, namespace, labels, port),
  );
  return {
    provider,
    storageClass: config.storageClass,
    images: imagesFor(roles, overrides, !embedded),
    crds: () => readCrds(crdFolder),
    requireGatewayClass: (name, features) =>
      answered(requireGatewayClass(kubeConfig, name, features)),
    requireMetrics: () => answered(requireMetrics(kubeConfig)),
    requireNoOtherMetrics: () => answered(requireNoOtherMetrics(kubeConfig)),
    hasAdmission: () => answered(hasAdmission(kubeConfig)),
    readLive: (namespace) => answered(readLive(kubeConfig, namespace)),
    openTunnel: tunnel,
    openReleases: (namespace, environment) =>
      openReleases(kubeConfig, tunnel, namespace, environment),
  };
}

/** Mistakes of the user's surroundings are shown without a stack trace. */
function asRunError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
  }
}

function doesNotAnswer(kubeConfig: KubeConfig, embedded: boolean, reason: string): string {
  const context = kubeConfig.getCurrentContext();
  const server = kubeConfig.getCurrentCluster()?.server ?? "no address";
  const wayOut = embedded
    ? "run `npm start`, which starts this machine's own, or name a kube context"
    : `start it, look at \`kubectl --context ${context} get nodes\`, or name another kube context`;
  return (
    `the cluster of context ${context} (${server}) does not answer: ${reason}; ` +
    `${wayOut} under isotherm:target in the stack file`
  );
}

function imagesFor<Role extends ImageRole>(
  roles: readonly Role[],
  overrides: Partial<Images>,
  pullsPublic: boolean,
): Images<Role> {
  const built = existsSync(homePaths.images)
    ? (JSON.parse(readFileSync(homePaths.images, "utf8")) as Record<string, string>)
    : undefined;
  return asRunError(() => chooseImages(roles, { overrides, built, pullsPublic }));
}

/** `fetch` says no more than that it failed; why is in the cause. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
