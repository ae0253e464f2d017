import type { ObjectStore } from "./object-store.ts";

/** Variables that let a container use the object store: its keys come from the Secret, never as text. */
export function storageEnvironment(objects: Pick<ObjectStore, "credentials" | "region">) {
  const key = (name: string, field: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: objects.credentials, key: field } },
  });
  return [
    key("AWS_ACCESS_KEY_ID", "accessKeyId"),
    key("AWS_SECRET_ACCESS_KEY", "secretAccessKey"),
    { name: "AWS_DEFAULT_REGION", value: objects.region },
  ];
}
