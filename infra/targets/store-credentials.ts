import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { componentLabels } from "../../components/foundation/labels.ts";
import {
  accountComponent,
  administratorComponent,
} from "../../components/registry/store-accounts.ts";
import type { StoreAccount } from "../../contracts/store-accounts.ts";
import { NoRegistryError } from "../promotion/no-registry.ts";

/**
 * The keys of an account of an environment's object store; those of its administrator where the environment was last
 * deployed before its store had accounts.
 * @throws NoRegistryError where the namespace has neither
 */
export async function storeCredentials(
  kubeConfig: KubeConfig,
  namespace: string,
  account: StoreAccount,
) {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  for (const component of [accountComponent(account), administratorComponent]) {
    const labelSelector = Object.entries(componentLabels(component))
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const { items } = await core.listNamespacedSecret({ namespace, labelSelector });
    const data = items[0]?.data;
    const [accessKeyId, secretAccessKey] = ["accessKeyId", "secretAccessKey"].map((key) =>
      Buffer.from(data?.[key] ?? "", "base64").toString(),
    );
    if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey };
  }
  throw new NoRegistryError(namespace);
}
