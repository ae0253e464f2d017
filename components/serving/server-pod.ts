import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { apiKeysPath, ports, servingConfigPath } from "../../contracts/names.ts";
import { quantityOf, defaultResources } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { gpuDevice, gpuPlacement, gpuServerDefaults, onGpu, type GpuRequest } from "../gpu/gpu.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";

/** What a server may use. What is not set has the default of a server with, or without, a GPU. */
export interface ServerResources {
  /** What it requests. @default 100m, with a GPU 1 */
  cpu?: string | undefined;
  /** What it may use at most. @default 256Mi, with a GPU 8Gi */
  memory?: string | undefined;
}

export interface ServerPodArgs {
  image: string;
  objects: ObjectStore;
  /** Name of the ConfigMap with the serving configuration. */
  config: pulumi.Input<string>;
  /** Name of the Secret with the digests of the API keys. */
  apiKeys: pulumi.Input<string>;
  resources: ServerResources;
  /** One for each server. @default none */
  gpu?: GpuRequest | undefined;
  /** Labels that all servers of the slot have: they keep apart from each other. */
  selector: Record<string, string>;
}

/** CPU that a server requests. */
export function serverCpu({ cpu }: ServerResources, gpu: GpuRequest | undefined): string {
  return cpu ?? (gpu === undefined ? defaultResources.server : gpuServerDefaults).cpu;
}

/** The pod of a model server. */
export function serverPod(args: ServerPodArgs): input.core.v1.PodSpec {
  const { gpu } = args;
  return {
    ...plainPod,
    ...(gpu === undefined ? {} : gpuPlacement(gpu)),
    securityContext: podSecurity(users.own),
    terminationGracePeriodSeconds: 45,
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: args.selector },
        // Pods of the last rollout are on their way out.
        matchLabelKeys: ["pod-template-hash"],
      }),
    ),
    containers: [
      {
        name: "server",
        image: args.image,
        imagePullPolicy: "IfNotPresent",
        env: [
          { name: "ISOTHERM_IMAGE", value: args.image },
          ...(gpu === undefined ? [] : [onGpu]),
          ...storageEnvironment(args.objects, "server"),
        ],
        ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
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
        resources: serverResources(args.resources, gpu),
        securityContext: containerSecurity,
        volumeMounts: [
          { name: "config", mountPath: folderOf(servingConfigPath), readOnly: true },
          { name: "api-keys", mountPath: folderOf(apiKeysPath), readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: args.config } },
      { name: "api-keys", secret: { secretName: args.apiKeys } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

function serverResources(own: ServerResources, gpu: GpuRequest | undefined) {
  const cpu = serverCpu(own, gpu);
  const requests = { cpu, memory: "128Mi" };
  if (gpu === undefined) {
    return { requests, limits: { memory: own.memory ?? defaultResources.server.memory } };
  }
  const { cpuLimit, memory } = gpuServerDefaults;
  const device = gpuDevice(gpu);
  return {
    requests: { ...requests, ...device },
    limits: {
      cpu: quantityOf(cpu) > quantityOf(cpuLimit) ? cpu : cpuLimit,
      memory: own.memory ?? memory,
      ...device,
    },
  };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
