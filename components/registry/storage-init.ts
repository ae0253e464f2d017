import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import {
  accountVariable,
  bucketPolicy,
  storeAccountNames,
} from "../../contracts/store-accounts.ts";
import { objectLabels } from "../foundation/labels.ts";
import { containerResources } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { storeKeys } from "./storage-environment.ts";
import type { AccountSecrets } from "./store-accounts.ts";

export interface StorageInitArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** Image of the training tools. */
  image: string;
  endpoint: string;
  region: string;
  /** Secret with the keys of the store's administrator. */
  administrator: pulumi.Input<string>;
  accounts: AccountSecrets;
}

/** A Job that makes the buckets and the accounts, each with the rights that it needs; objects stay as they are. */
export class StorageInit extends pulumi.ComponentResource {
  constructor(name: string, args: StorageInitArgs, opts: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:StorageInit", name, {}, opts);
    const labels = objectLabels({
      name: "storage-init",
      instance: "storage-init",
      component: "storage-init",
      environment: args.environment,
    });
    const { endpoint, region, administrator } = args;
    const variables = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region };
    const secrets = storeAccountNames.map((account) => ({
      name: accountVariable(account),
      valueFrom: { secretKeyRef: { name: args.accounts[account], key: "secretAccessKey" } },
    }));
    // A Job cannot change: another image, other buckets or other rights make another Job.
    const made = {
      image: args.image,
      variables,
      policies: Object.values(buckets).map(bucketPolicy),
    };
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
                    ...storeKeys(administrator, region),
                    ...secrets,
                  ],
                  resources: containerResources("50m", "64Mi", "256Mi"),
                  securityContext: containerSecurity,
                },
              ],
            },
          },
        },
      },
      // A component hands what it waits for to nobody.
      { parent: this, ...(opts.dependsOn === undefined ? {} : { dependsOn: opts.dependsOn }) },
    );
    this.registerOutputs({});
  }
}
