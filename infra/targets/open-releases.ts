import type { KubeConfig } from "@kubernetes/client-node";
import { objectStorePodLabels } from "../../components/registry/object-store.ts";
import { buckets, services } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { ReleaseReader } from "../../contracts/release-store.ts";
import { storeCredentials } from "./store-credentials.ts";
import type { OpenReleases, Target } from "./target.ts";

/**
 * Opens the releases in an environment's object store, as a user of the store that can only read.
 * @throws Error where the store is not there
 */
export async function openReleases(
  kubeConfig: KubeConfig,
  openTunnel: Target<never>["openTunnel"],
  namespace: string,
  environment: string,
): Promise<OpenReleases> {
  const labels = objectStorePodLabels(environment);
  const [credentials, tunnel] = await Promise.all([
    storeCredentials(kubeConfig, namespace, "reader"),
    openTunnel(namespace, labels, services.objects.port),
  ]);
  const store = new ObjectStore({ endpoint: tunnel.url, region: "us-east-1", ...credentials });
  return { reader: new ReleaseReader(store, buckets.releases), close: tunnel.close };
}
