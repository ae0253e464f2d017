import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { componentLabels } from "../../components/foundation/labels.ts";
import { NoRegistryError } from "../promotion/no-registry.ts";

/**
 * The keys of an environment's object store.
 * @throws NoRegistryError where the namespace has none
 */
export async function storeCredentials(
  kubeConfig: KubeConfig,
  namespace: string,
  component = "object-store",
) {
  const labelSelector = Object.entries(componentLabels(component))
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const { items } = await kubeConfig
    .makeApiClient(CoreV1Api)
    .listNamespacedSecret({ namespace, labelSelector });
  const data = items[0]?.data;
  const [accessKeyId, secretAccessKey] = ["accessKeyId", "secretAccessKey"].map((key) =>
    Buffer.from(data?.[key] ?? "", "base64").toString(),
  );
  if (!accessKeyId || !secretAccessKey) {
    throw new NoRegistryError(namespace, component.replace(/-/g, " "));
  }
  return { accessKeyId, secretAccessKey };
}
