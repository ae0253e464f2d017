import { Api } from "./api.ts";
import { Client } from "./client.ts";
import { connection, loadKubeConfig } from "./kubeconfig.ts";
import type { Settings } from "./settings.ts";

/** The cluster a provider works on, or why there is none. */
export type Cluster =
  | { readonly reachable: true; readonly api: Api; readonly namespace: string }
  | { readonly reachable: false; readonly reason: string; readonly namespace: string };

/** Connects to the configured cluster. Never throws: a preview must be possible before the cluster exists. */
export async function connect(settings: Settings, cancelled: AbortSignal): Promise<Cluster> {
  let namespace = settings.overrides.namespace || "default";
  try {
    const config = loadKubeConfig(settings.kubeconfig);
    const target = connection(config, settings.overrides);
    namespace = target.namespace;
    const client = new Client(target, cancelled);
    // One short attempt: a preview against a cluster that is down should say so, not hang.
    await client.request("GET", "/version", { timeoutMs: 10_000, attempts: 1 });
    return { reachable: true, api: new Api(client), namespace };
  } catch (error) {
    return { reachable: false, reason: (error as Error).message, namespace };
  }
}
