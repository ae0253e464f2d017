import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { objectLabels } from "../foundation/labels.ts";
import { containerResources } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { ObjectStore } from "./object-store.ts";
import { storageEnvironment } from "./storage-environment.ts";

export interface StorageInitArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** Image of the training tools. */
  image: string;
  objects: ObjectStore;
}

/** A Job that makes the buckets, and lets the store's reader read releases; what is there stays as it is. */
export class StorageInit extends pulumi.ComponentResource {
  constructor(name: string, args: StorageInitArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:StorageInit", name, {}, opts);
    const labels = objectLabels({
      name: "storage-init",
      instance: "storage-init",
      component: "storage-init",
      environment: args.environment,
    });
    const variables = {
      AWS_ENDPOINT_URL: args.objects.endpoint,
      AWS_REGION: args.objects.region,
    };
    const readerKey = (name: string, field: string) => ({
      name,
      valueFrom: { secretKeyRef: { name: args.objects.reader, key: field } },
    });
    const reader = {
      READER_ACCESS_KEY_ID: "accessKeyId",
      READER_SECRET_ACCESS_KEY: "secretAccessKey",
    };
    // A Job cannot change: another image, other buckets or another reader make another Job.
    const made = { image: args.image, buckets, variables, reader };
    const hash = sha256Hex(canonicalJson(made)).slice(0, 8);
    new Job(
      name,
      {
        metadata: { name: `storage-init-${hash}`, namespace: args.namespace, labels },
        spec: {
          backoffLimit: 6,
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              restartPolicy: "OnFailure",
              securityContext: podSecurity(users.own),
              containers: [
                {
                  name: "storage-init",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["node", "/app/cli.js", "storage-init"],
                  env: [
                    ...Object.entries(variables).map(([key, value]) => ({ name: key, value })),
                    ...storageEnvironment(args.objects),
                    ...Object.entries(reader).map(([key, field]) => readerKey(key, field)),
                  ],
                  resources: containerResources("50m", "64Mi", "256Mi"),
                  securityContext: containerSecurity,
                },
              ],
            },
          },
        },
      },
      { parent: this, dependsOn: [args.objects] },
    );
    this.registerOutputs({});
  }
}
