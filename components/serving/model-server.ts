import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/horizontalPodAutoscaler.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import type { AuditPolicy, EventSink, PhysicsPolicy } from "../../contracts/audit-policy.ts";
import { servingConfigName } from "../../contracts/admission.ts";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { buckets, keys, ports, servingConfigPath } from "../../contracts/names.ts";
import type { ServingConfig, Slot } from "../../contracts/serving-config.ts";
import { deployedAnnotations, type Deployment as Deploying } from "../foundation/deployed.ts";
import { objectLabels, selectorLabels, type Identity } from "../foundation/labels.ts";
import { milliCpu } from "../foundation/requests.ts";
import type { GpuRequest } from "../gpu/gpu.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import type { AdmittedRelease } from "./model-release.ts";
import type { ApiKey } from "./api-key.ts";
import { serverCpu, serverPod, type ServerResources } from "./server-pod.ts";
import { sinkEgress } from "./sink-egress.ts";

/** A number of servers, or bounds between which an autoscaler chooses by the CPU in use (needs metrics-server). */
export type Scale = { replicas: number } | { min: number; max: number; cpuPercent: number };

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
  /** Plain, because it decides whether there are an autoscaler and a disruption budget. */
  scale: Scale;
  /** `replace` takes the old servers away before there are new ones. @default add */
  surge?: "add" | "replace";
  resources: ServerResources;
  /** Whose change this declaration undoes, where somebody else changed the servers. @default nobody's */
  undone?: string | undefined;
  /** Who deploys, for the ledger. @default nobody is named */
  deployment?: Deploying | undefined;
  /** A GPU for each server. Plain, because it decides where servers may run. @default none */
  gpu?: GpuRequest | undefined;
}

/** Servers of one release of one model: a slot. */
export class ModelServer extends pulumi.ComponentResource {
  /** Name of the Service, known once the servers answer. */
  public readonly service: pulumi.Output<string>;
  public readonly port = 80;
  public readonly grpcPort = ports.grpc;
  /** Digest of what a server's pod is made of: with another one, all servers are made anew. */
  public readonly pod: pulumi.Output<string>;
  /** CPU requested by all replicas, or the fewest that there may be, in thousandths of a core. */
  public readonly cpu: number;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:ModelServer", name, {}, opts);
    const parent = { parent: this };
    const { model, slot, environment, namespace, objects, scale } = args;
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
    const metadata = { name: instance, namespace, labels };
    const release = pulumi.output(args.release);

    const serving = release.apply(({ digest, version }) => {
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
          name: pulumi
            .all([release.digest, serving])
            .apply(([digest, text]) => servingConfigName(instance, digest, sha256Hex(text))),
          namespace,
          labels,
        },
        immutable: true,
        data: { [servingConfigPath.slice(servingConfigPath.lastIndexOf("/") + 1)]: serving },
      },
      parent,
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
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
    const spec = serverPod({
      image: args.image,
      objects,
      config: config.metadata.name,
      apiKeys: args.apiKey.digests,
      resources: args.resources,
      gpu: args.gpu,
      selector,
    });
    this.pod = pulumi.output(spec).apply((known) => sha256Hex(canonicalJson(known)).slice(0, 16));
    const deployment = new Deployment(
      name,
      {
        metadata: {
          ...metadata,
          annotations: {
            // Which release the slot has is read back from here: see infra/live.ts.
            [keys.release]: release.digest,
            [keys.pod]: this.pod,
            // The stack file decides on the servers, whoever else wrote a field of theirs. An autoscaler's number is not in it.
            "pulumi.com/patchForce": "true",
            ...(args.undone === undefined ? {} : { [keys.undone]: args.undone }),
            ...(args.deployment === undefined
              ? {}
              : deployedAnnotations(
                  { config: config.metadata.name, image: args.image, undone: args.undone ?? null },
                  args.deployment,
                )),
          },
        },
        spec: {
          // Where an autoscaler decides, a number here would be a second opinion.
          ...("replicas" in scale ? { replicas: scale.replicas } : {}),
          strategy:
            args.surge === "replace"
              ? { type: "Recreate" }
              : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          selector: { matchLabels: selector },
          template: { metadata: { labels }, spec },
        },
      },
      { ...parent, dependsOn: [objects] },
    );
    if ("max" in scale) {
      new HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        {
          metadata,
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: instance },
            minReplicas: scale.min,
            maxReplicas: scale.max,
            metrics: [
              {
                type: "Resource",
                resource: {
                  name: "cpu",
                  target: { type: "Utilization", averageUtilization: scale.cpuPercent },
                },
              },
            ],
          },
        },
        { ...parent, dependsOn: [deployment] },
      );
    }
    if (("max" in scale ? scale.max : scale.replicas) > 1) {
      new PodDisruptionBudget(
        `${name}-budget`,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        parent,
      );
    }
    if (args.events !== undefined) {
      new NetworkPolicy(
        `${name}-events`,
        {
          metadata: { ...metadata, name: `allow-${instance}-events` },
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
    this.cpu =
      ("min" in scale ? scale.min : scale.replicas) * milliCpu(serverCpu(args.resources, args.gpu));
    this.registerOutputs({ service: this.service });
  }
}
