import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { apiKeysPath, ports, servingConfigPath } from "../../contracts/names.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";

export interface ServerPodArgs {
  image: string;
  objects: ObjectStore;
  /** Name of the ConfigMap with the serving configuration. */
  config: pulumi.Input<string>;
  /** Name of the Secret with the digests of the API keys. */
  apiKeys: pulumi.Input<string>;
  cpu: string;
  memory: string;
  /** Labels that all servers of the slot have: they keep apart from each other. */
  selector: Record<string, string>;
}

/** The pod of a model server. */
export function serverPod(args: ServerPodArgs): input.core.v1.PodSpec {
  const { cpu, memory } = args;
  return {
    ...plainPod,
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
        env: [{ name: "ISOTHERM_IMAGE", value: args.image }, ...storageEnvironment(args.objects)],
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
      { name: "config", configMap: { name: args.config } },
      { name: "api-keys", secret: { secretName: args.apiKeys } },
      { name: "tmp", emptyDir: {} },
    ],
  };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
