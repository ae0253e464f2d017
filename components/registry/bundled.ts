import type { PersistentVolumeClaimArgs } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Labels } from "../foundation/labels.ts";

/** What the registry's bundled servers are told alike. */
export interface BundledServiceArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  image: string;
  /** Size of the volume, as a Kubernetes quantity. */
  storage: string;
  /** @default the cluster's default storage class */
  storageClass: string | undefined;
  /** `protect` and `retainOnDelete` for the volume, where its data must outlive a mistake. */
  volumeOptions?: pulumi.CustomResourceOptions;
}

/** A claim that one server writes to. */
export function bundledVolume(
  name: string,
  labels: Labels,
  args: BundledServiceArgs,
): PersistentVolumeClaimArgs {
  return {
    metadata: {
      name,
      namespace: args.namespace,
      labels,
      // Many storage classes bind a claim only when a pod asks for it, and the pod comes after the claim.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      ...(args.storageClass === undefined ? {} : { storageClassName: args.storageClass }),
      resources: { requests: { storage: args.storage } },
    },
  };
}
