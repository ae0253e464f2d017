import type { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { NoRegistryError } from "../promotion/no-registry.ts";
import { storeCredentials } from "./store-credentials.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A namespace with one Secret for each of these components. */
function clusterWith(...components: string[]): KubeConfig {
  const listNamespacedSecret = ({ labelSelector }: { labelSelector: string }) => {
    const component = labelSelector.split("=")[1] ?? "";
    const data = { accessKeyId: base64(component), secretAccessKey: base64(`of ${component}`) };
    return Promise.resolve({ items: components.includes(component) ? [{ data }] : [] });
  };
  return { makeApiClient: () => ({ listNamespacedSecret }) } as unknown as KubeConfig;
}

const whose = async (cluster: KubeConfig) =>
  (await storeCredentials(cluster, "isotherm-dev", "writer")).accessKeyId;

test("U-04 people's tools use their own account of the store", async () => {
  expect(await whose(clusterWith("object-store", "object-store-writer"))).toBe(
    "object-store-writer",
  );
});

test("an environment that was last deployed before its store had accounts can be copied to before its next up", async () => {
  expect(await whose(clusterWith("object-store", "object-store-reader"))).toBe("object-store");
});

test("a namespace without a store is told so", async () => {
  await expect(whose(clusterWith())).rejects.toThrow(NoRegistryError);
});
