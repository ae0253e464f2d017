import type * as pulumi from "@pulumi/pulumi";
import type { StoreAccount } from "../../contracts/store-accounts.ts";
import type { ObjectStore } from "./object-store.ts";

/** Variables that let a container use the object store as one of its accounts. */
export function storageEnvironment(
  objects: Pick<ObjectStore, "accounts" | "region">,
  account: StoreAccount,
) {
  return storeKeys(objects.accounts[account], objects.region);
}

/** Variables for an S3 client: its keys come from the Secret, never as text. */
export function storeKeys(secret: pulumi.Input<string>, region: string) {
  const key = (name: string, field: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: secret, key: field } },
  });
  return [
    key("AWS_ACCESS_KEY_ID", "accessKeyId"),
    key("AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
    { name: "AWS_DEFAULT_REGION", value: region },
  ];
}
