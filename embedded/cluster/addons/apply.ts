import {
  AppsV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { createHash } from "node:crypto";
import { fieldManager } from "../types.ts";

/** A client configuration from a kubeconfig file. */
export function loadKubeconfig(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
}

/** Applies objects in order, server-side, as field manager `isotherm-embedded`; again is a no-op. */
export async function applyObjects(
  config: KubeConfig,
  objects: readonly KubernetesObject[],
): Promise<void> {
  const client = KubernetesObjectApi.makeApiClient(config);
  for (const object of objects) {
    await client.patch(
      object,
      undefined,
      undefined,
      fieldManager,
      true,
      PatchStrategy.ServerSideApply,
    );
  }
}

/** Names of the deployments among `objects` that have no available replica of their newest version. */
export async function pendingDeployments(
  config: KubeConfig,
  objects: readonly KubernetesObject[],
): Promise<string[]> {
  const client = config.makeApiClient(AppsV1Api);
  const deployments = objects.filter((object) => object.kind === "Deployment");
  const pending = await Promise.all(
    deployments.map(async (object) => {
      const name = object.metadata?.name ?? "";
      const namespace = object.metadata?.namespace ?? "default";
      const live = await client.readNamespacedDeploymentStatus({ name, namespace });
      const current = live.status?.observedGeneration === live.metadata?.generation;
      const wanted = live.spec?.replicas ?? 1;
      const available =
        (live.status?.availableReplicas ?? 0) >= wanted &&
        (live.status?.updatedReplicas ?? 0) >= wanted;
      return current && available ? [] : [name];
    }),
  );
  return pending.flat();
}

/** Changes whenever one of the objects does. */
export function digestOf(objects: readonly KubernetesObject[]): string {
  return createHash("sha256").update(JSON.stringify(objects)).digest("hex");
}
