import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { services } from "../../contracts/names.ts";
import { objectLabels, selectorLabels } from "../foundation/labels.ts";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { bundledVolume, type BundledServiceArgs } from "./bundled.ts";
import { StorageInit } from "./storage-init.ts";
import { administratorComponent, type AccountSecrets, declareAccounts } from "./store-accounts.ts";

const resources = containerResources("50m", "32Mi", "256Mi");

const identity = {
  name: "versitygw",
  instance: services.objects.name,
  component: administratorComponent,
} as const;

/** Labels that select the server's pod. */
export function objectStorePodLabels(environment: string): Record<string, string> {
  return selectorLabels({ ...identity, environment });
}

export interface ObjectStoreArgs extends BundledServiceArgs {
  /** Image of the training tools, which make buckets and accounts. */
  tools: string;
}

/**
 * An S3 server (versitygw) on a volume of its own, with its buckets, and an account for each that uses it. Whoever waits
 * for this component waits for those too.
 */
export class ObjectStore extends pulumi.ComponentResource {
  /** Base URL inside the environment's namespace. */
  public readonly endpoint = `http://${services.objects.name}:${services.objects.port}`;
  public readonly region = "us-east-1";
  /** Names of the Secrets with keys `accessKeyId` and `secretAccessKey`, one for each that uses the store. */
  public readonly accounts: AccountSecrets;
  /** Known once the server answers. */
  public readonly ready: pulumi.Output<string>;
  /** CPU requested, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: ObjectStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:ObjectStore", name, {}, opts);
    const parent = { parent: this };
    const { namespace, environment } = args;
    const service = services.objects;
    const labels = objectLabels({ ...identity, environment });
    const selector = objectStorePodLabels(environment);

    const accessKey = new RandomPassword(
      `${name}-access-key`,
      { length: 20, special: false, lower: false },
      parent,
    );
    const secretKey = new RandomPassword(
      `${name}-secret-key`,
      { length: 40, special: false },
      parent,
    );
    const secret = new Secret(
      `${name}-credentials`,
      {
        metadata: { namespace, labels },
        stringData: { accessKeyId: accessKey.result, secretAccessKey: secretKey.result },
      },
      parent,
    );
    this.accounts = declareAccounts(name, { ...identity, environment }, namespace, parent);
    const claim = new PersistentVolumeClaim(
      `${name}-data`,
      bundledVolume(`${service.name}-data`, labels, args),
      { ...parent, ...args.volumeOptions },
    );
    new Service(
      `${name}-service`,
      {
        metadata: { name: service.name, namespace, labels },
        spec: { selector, ports: [{ name: "http", port: service.port, targetPort: "http" }] },
      },
      parent,
    );
    const health = { httpGet: { path: "/health", port: "http" }, periodSeconds: 5 };
    const key = (variable: string, field: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: secret.metadata.name, key: field } },
    });
    const server = new StatefulSet(
      name,
      {
        metadata: { name: service.name, namespace, labels },
        spec: {
          serviceName: service.name,
          replicas: 1,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              securityContext: podSecurity(users.own),
              containers: [
                {
                  name: "s3",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  args: [
                    "--quiet",
                    `--port=:${service.port}`,
                    "--health=/health",
                    "--iam-dir=/data/iam",
                    // Its cache (1.8.0) keeps names that are overwritten in place, and takes one account for another.
                    "--iam-cache-disable",
                    "posix",
                    "--versioning-dir=/data/versions",
                    "/data/buckets",
                  ],
                  env: [
                    key("ROOT_ACCESS_KEY", "accessKeyId"),
                    key("ROOT_SECRET_KEY", "secretAccessKey"),
                  ],
                  ports: [{ name: "http", containerPort: service.port }],
                  readinessProbe: health,
                  livenessProbe: { ...health, periodSeconds: 20, failureThreshold: 6 },
                  resources,
                  securityContext: containerSecurity,
                  volumeMounts: [
                    { name: "data", mountPath: "/data/iam", subPath: "iam" },
                    { name: "data", mountPath: "/data/versions", subPath: "versions" },
                    { name: "data", mountPath: "/data/buckets", subPath: "buckets" },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      parent,
    );
    new StorageInit(
      `${name}-buckets`,
      {
        environment,
        namespace,
        image: args.tools,
        endpoint: this.endpoint,
        region: this.region,
        administrator: secret.metadata.name,
        accounts: this.accounts,
      },
      { ...parent, dependsOn: [server] },
    );
    this.ready = server.metadata.name;
    this.registerOutputs({ ready: this.ready });
  }
}
