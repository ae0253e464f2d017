import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { objectStorePodLabels } from "../../components/registry/object-store.ts";
import { administratorComponent } from "../../components/registry/store-accounts.ts";
import { buckets, services } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { openTunnel } from "../../infra/targets/tunnel.ts";
import { DataSetStore } from "../../training-image/data/data-set-store.ts";
import { kubeconfig } from "./platform.ts";

/** How an environment's object store is reached from outside its cluster. */
export interface StoreAccess {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Opens a way to an environment's object store, with its administrator's keys, for as long as something is done. */
export async function withStoreAccess<T>(
  environment: string,
  namespace: string,
  work: (access: StoreAccess) => Promise<T>,
): Promise<T> {
  const cluster = new KubeConfig();
  cluster.loadFromFile(kubeconfig);
  const labelSelector = `app.kubernetes.io/component=${administratorComponent}`;
  const core = cluster.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
  const data = items[0]?.data;
  const credential = (key: string) => Buffer.from(data?.[key] ?? "", "base64").toString();
  const labels = objectStorePodLabels(environment);
  const tunnel = await openTunnel(cluster, namespace, labels, services.objects.port);
  try {
    return await work({
      endpoint: tunnel.url,
      region: "us-east-1",
      accessKeyId: credential("accessKeyId"),
      secretAccessKey: credential("secretAccessKey"),
    });
  } finally {
    tunnel.close();
  }
}

/** Works on an environment's object store from outside its cluster. */
export function withObjects<T>(
  environment: string,
  namespace: string,
  work: (objects: ObjectStore) => Promise<T>,
): Promise<T> {
  return withStoreAccess(environment, namespace, (access) => work(new ObjectStore(access)));
}

/** Stores a table as version 1 of a data set. */
export async function pushTable(objects: ObjectStore, name: string, csv: string): Promise<void> {
  const file = { path: "wine.csv", read: async () => new TextEncoder().encode(csv) };
  const store = new DataSetStore(objects, buckets.releases);
  await store.push({ name, version: "1", files: [file] });
}
