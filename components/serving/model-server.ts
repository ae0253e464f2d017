import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import type { AuditPolicy, EventSink, PhysicsPolicy } from "../../contracts/audit-policy.ts";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { apiKeysPath, buckets, keys, ports, servingConfigPath } from "../../contracts/names.ts";
import type { ServingConfig, Slot } from "../../contracts/serving-config.ts";
import { objectLabels, selectorLabels, type Identity } from "../foundation/labels.ts";
import { defaultResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";
import type { AdmittedRelease } from "./model-release.ts";
import type { ApiKey } from "./api-key.ts";
import { sinkEgress } from "./sink-egress.ts";

export interface ModelServerArgs {
  model: string;
  slot: Slot;
  environment: string;
  namespace: pulumi.Input<string>;
  image: string;
  release: pulumi.Input<Pick<AdmittedRelease, "digest" | "version">>;
  objects: ObjectStore;
  apiKey: ApiKey;
  /** What is logged of the answers. @default everything, for 30 days */
  audit?: AuditPolicy;
  /** How often served inputs are held against the physics. @default one row in a hundred */
  physics?: PhysicsPolicy;
  /** Where answers go as CloudEvents. Plain, because it decides whether the servers may reach it. @default nowhere */
  events?: EventSink;
  /** Plain, because more than one needs a disruption budget. */
  replicas: number;
  /** @default 100m and 256Mi */
  resources: { cpu?: string | undefined; memory?: string | undefined };
}

/** Servers of one release of one model: a slot. */
export class ModelServer extends pulumi.ComponentResource {
  /** Name of the Service, known once the servers answer. */
  public readonly service: pulumi.Output<string>;
  public readonly port = 80;
  public readonly grpcPort = ports.grpc;
  /** CPU requested by all replicas, in thousandths of a core. */
  public readonly cpu: number;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:ModelServer", name, {}, opts);
    const parent = { parent: this };
    const { model, slot, environment, namespace, objects } = args;
    const instance = `${model}-${slot}`;
    const identity: Identity = {
      name: "model-server",
      instance,
      component: "model-server",
      environment,
    };
    const own = { [keys.model]: model, [keys.slot]: slot };
    const labels = { ...objectLabels(identity), ...own };
    const selector = { ...selectorLabels(identity), ...own };

    const serving = pulumi.output(args.release).apply(({ digest, version }) => {
      const config: ServingConfig = {
        schema: "isotherm.dev/serving-config/v1",
        environment,
        slot,
        objects: { endpoint: objects.endpoint, region: objects.region, bucket: buckets.releases },
        models: [{ name: model, version, release: digest }],
        ...(args.audit === undefined ? {} : { audit: args.audit }),
        ...(args.physics === undefined ? {} : { physics: args.physics }),
        ...(args.events === undefined ? {} : { events: args.events }),
      };
      return canonicalJson(config);
    });
    // Named by content, so that another release is a rollout with the probes of one.
    const config = new ConfigMap(
      `${name}-config`,
      {
        metadata: {
          name: serving.apply((text) => `${instance}-${sha256Hex(text).slice(0, 10)}`),
          namespace,
          labels,
        },
        immutable: true,
        data: { [fileOf(servingConfigPath)]: serving },
      },
      parent,
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata: { name: instance, namespace, labels },
        spec: {
          selector,
          ports: [
            { name: "http", port: this.port, targetPort: "http" },
            // HTTP/2 without TLS, told to gateways by the name that Kubernetes gives it.
            {
              name: "grpc",
              port: this.grpcPort,
              targetPort: "grpc",
              appProtocol: "kubernetes.io/h2c",
            },
            { name: "metrics", port: ports.metrics, targetPort: "metrics" },
          ],
        },
      },
      parent,
    );
    const cpu = args.resources.cpu ?? defaultResources.server.cpu;
    const memory = args.resources.memory ?? defaultResources.server.memory;
    const deployment = new Deployment(
      name,
      {
        metadata: { name: instance, namespace, labels },
        spec: {
          replicas: args.replicas,
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          selector: { matchLabels: selector },
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              securityContext: podSecurity(users.own),
              terminationGracePeriodSeconds: 45,
              containers: [
                {
                  name: "server",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  env: [
                    { name: "ISOTHERM_IMAGE", value: args.image },
                    ...storageEnvironment(objects),
                  ],
                  ports: [
                    { name: "http", containerPort: ports.http },
                    { name: "grpc", containerPort: ports.grpc },
                    { name: "metrics", containerPort: ports.metrics },
                  ],
                  startupProbe: {
                    httpGet: { path: "/v2/health/live", port: "http" },
                    periodSeconds: 1,
                    failureThreshold: 60,
                  },
                  livenessProbe: {
                    httpGet: { path: "/v2/health/live", port: "http" },
                    periodSeconds: 10,
                    timeoutSeconds: 5,
                  },
                  readinessProbe: {
                    httpGet: { path: "/v2/health/ready", port: "http" },
                    periodSeconds: 2,
                    timeoutSeconds: 2,
                  },
                  // The gateway needs a moment to hear that this pod is going before it may close its port.
                  lifecycle: { preStop: { sleep: { seconds: 5 } } },
                  resources: { requests: { cpu, memory: "128Mi" }, limits: { memory } },
                  securityContext: containerSecurity,
                  volumeMounts: [
                    { name: "config", mountPath: folderOf(servingConfigPath), readOnly: true },
                    { name: "api-keys", mountPath: folderOf(apiKeysPath), readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                { name: "api-keys", secret: { secretName: args.apiKey.digests } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [objects] },
    );
    if (args.replicas > 1) {
      new PodDisruptionBudget(
        `${name}-budget`,
        {
          metadata: { name: instance, namespace, labels },
          spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
        },
        parent,
      );
    }
    if (args.events !== undefined) {
      new NetworkPolicy(
        `${name}-events`,
        {
          metadata: { name: `allow-${instance}-events`, namespace, labels },
          spec: {
            podSelector: { matchLabels: selector },
            policyTypes: ["Egress"],
            egress: [sinkEgress(args.events.url)],
          },
        },
        parent,
      );
    }
    this.service = pulumi
      .all([service.metadata.name, deployment.id])
      .apply(([serviceName]) => serviceName);
    this.cpu = args.replicas * milliCpu(cpu);
    this.registerOutputs({ service: this.service });
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function fileOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
