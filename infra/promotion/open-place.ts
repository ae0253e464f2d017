import { namespaceOf } from "../../components/foundation/namespace-of.ts";
import { objectStorePodLabels } from "../../components/registry/object-store.ts";
import { registryPodLabels } from "../../components/registry/registry-server.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { buckets, services } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import type { Live } from "../live.ts";
import { findCluster } from "../targets/kube-context.ts";
import { readLive } from "../targets/live.ts";
import { storeCredentials } from "../targets/store-credentials.ts";
import { openTunnel } from "../targets/tunnel.ts";
import type { TargetPlace } from "./place.ts";
import type { Stack } from "./stacks.ts";

/** A place that is open until it is closed. */
export interface OpenPlace extends TargetPlace {
  /** Reads what the cluster serves and admitted. */
  live(): Promise<Live>;
  close(): void;
}

/**
 * Opens an environment's registry and object store by tunnels through the API server: neither has a public endpoint.
 * Whoever asks needs, in that namespace, to list pods and secrets and to forward ports.
 * @param access which of the store's accounts is used: `read` takes the one that can only read
 * @throws Error where the cluster or one of the two is not there
 */
export async function openPlace(
  { environment, context }: Pick<Stack, "environment" | "context">,
  access: "read" | "write" = "write",
): Promise<OpenPlace> {
  const { kubeConfig } = findCluster(context);
  const namespace = namespaceOf(environment);
  const account = access === "read" ? "reader" : "writer";
  const credentials = await storeCredentials(kubeConfig, namespace, account);
  const open = (labels: Record<string, string>, port: number) =>
    openTunnel(kubeConfig, namespace, labels, port);
  const registry = await open(registryPodLabels(environment), services.registry.port);
  try {
    const store = await open(objectStorePodLabels(environment), services.objects.port);
    return {
      environment,
      mlflow: new Mlflow({ url: registry.url }),
      objects: new ObjectStore({ endpoint: store.url, region: "us-east-1", ...credentials }),
      bucket: buckets.releases,
      live: () => readLive(kubeConfig, namespace),
      close: () => {
        registry.close();
        store.close();
      },
    };
  } catch (error) {
    registry.close();
    throw error;
  }
}
