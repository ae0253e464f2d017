import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { ApiException, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { namespaceOf } from "../../components/foundation/namespace-of.ts";
import { objectStorePodLabels } from "../../components/registry/object-store.ts";
import { recorderPodLabels } from "../../components/serving/recorder.ts";
import { readLedger, type StoredLedger } from "../../contracts/ledger-store.ts";
import type { SeenEnd } from "../../contracts/ledger-verify.ts";
import { buckets, ledgerPublicKey, ports, services } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { Sha256 } from "../../contracts/primitives.ts";
import type { Stack } from "../promotion/stacks.ts";
import { findCluster } from "../targets/kube-context.ts";
import { storeCredentials } from "../targets/store-credentials.ts";
import { openTunnel } from "../targets/tunnel.ts";

/** A ledger as it was read, and what it is to be trusted by. */
export interface FetchedLedger {
  stored: StoredLedger;
  publicKey: KeyObject;
  /** Where the recorder says that it ends; undefined where it was not asked, or did not answer. */
  recorder: SeenEnd | undefined;
  /** Why the recorder said nothing. */
  unasked: string | undefined;
}

export interface FetchOptions {
  /** A file with the public key. @default the environment's ConfigMap */
  publicKey?: string | undefined;
  /** Whether the recorder is asked where the ledger ends. */
  askRecorder: boolean;
}

/**
 * Reads an environment's ledger through the API server, as a user of the store that can only read: nothing of it has a
 * public endpoint.
 * @throws Error where the cluster, the object store or the key is not there
 */
export async function fetchLedger(
  { environment, context }: Pick<Stack, "environment" | "context">,
  { publicKey, askRecorder }: FetchOptions,
): Promise<FetchedLedger> {
  const { kubeConfig } = findCluster(context);
  const namespace = namespaceOf(environment);
  const key = await keyOf(kubeConfig, namespace, publicKey);
  const credentials = await storeCredentials(kubeConfig, namespace, "reader");
  const labels = objectStorePodLabels(environment);
  // Asked first: an entry that is written meanwhile is then in what is read, and not the other way round.
  const asked = askRecorder ? await askHead(kubeConfig, environment, namespace) : undefined;
  const tunnel = await openTunnel(kubeConfig, namespace, labels, services.objects.port);
  try {
    const store = new ObjectStore({ endpoint: tunnel.url, region: "us-east-1", ...credentials });
    return {
      stored: await readLedger(store, buckets.releases),
      publicKey: key,
      recorder: asked?.end,
      unasked: asked?.reason,
    };
  } finally {
    tunnel.close();
  }
}

const Head = z.object({
  environment: z.string(),
  end: z.object({ sequence: z.int().positive(), sha256: Sha256 }).nullable(),
});

async function askHead(kubeConfig: KubeConfig, environment: string, namespace: string) {
  try {
    const labels = recorderPodLabels(environment);
    const tunnel = await openTunnel(kubeConfig, namespace, labels, ports.metrics);
    try {
      const answer = await fetch(`${tunnel.url}/head`, { signal: AbortSignal.timeout(10_000) });
      const { end } = Head.parse(await answer.json());
      return { end: end === null ? undefined : { ...end, who: "the recorder" } };
    } finally {
      tunnel.close();
    }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

async function keyOf(kubeConfig: KubeConfig, namespace: string, file: string | undefined) {
  const pem = file === undefined ? await publishedKey(kubeConfig, namespace) : readFileSync(file);
  try {
    return createPublicKey(pem);
  } catch {
    throw new Error(`${file ?? ledgerPublicKey.name} holds no public key in PEM`);
  }
}

async function publishedKey(kubeConfig: KubeConfig, namespace: string): Promise<string> {
  const { name, file } = ledgerPublicKey;
  try {
    const { data } = await kubeConfig
      .makeApiClient(CoreV1Api)
      .readNamespacedConfigMap({ name, namespace });
    return data?.[file] ?? "";
  } catch (error) {
    if (!(error instanceof ApiException) || error.code !== 404) throw error;
    throw new Error(
      `namespace ${namespace} has no ledger: run \`pulumi up\` for that environment first`,
      { cause: error },
    );
  }
}
