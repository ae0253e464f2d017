import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { buckets, services } from "../../contracts/names.ts";
import { objectLabels, selectorLabels, type Identity } from "../foundation/labels.ts";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import type { Database } from "./database.ts";
import { storageEnvironment } from "./storage-environment.ts";
import type { ObjectStore } from "./object-store.ts";
import { registryStartScript } from "./scripts.ts";

export interface RegistryServerArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  image: string;
  database: Database;
  objects: ObjectStore;
}

const resources = containerResources("100m", "256Mi", "768Mi");
const identity: Omit<Identity, "environment"> = {
  name: "mlflow",
  instance: services.registry.name,
  component: "registry",
};

/** Labels of the registry's pods, for a tunnel to them. */
export function registryPodLabels(environment: string): Record<string, string> {
  return selectorLabels({ ...identity, environment });
}

/** MLflow: runs, metrics and model versions, artifacts passed on to the object store. */
export class RegistryServer extends pulumi.ComponentResource {
  /** Base URL inside the environment's namespace. */
  public readonly url = `http://${services.registry.name}:${services.registry.port}`;
  /** Known once the server answers. */
  public readonly ready: pulumi.Output<string>;
  /** CPU requested, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: RegistryServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:RegistryServer", name, {}, opts);
    const parent = { parent: this };
    const { environment, namespace } = args;
    const service = services.registry;
    const labels = objectLabels({ ...identity, environment });
    const selector = registryPodLabels(environment);

    const script = new ConfigMap(
      `${name}-start`,
      { metadata: { namespace, labels }, data: { "start.py": registryStartScript } },
      parent,
    );
    new Service(
      `${name}-service`,
      {
        metadata: { name: service.name, namespace, labels },
        spec: { selector, ports: [{ name: "http", port: service.port, targetPort: "http" }] },
      },
      parent,
    );
    const server = new Deployment(
      name,
      {
        metadata: { name: service.name, namespace, labels },
        spec: {
          replicas: 1,
          // Two servers of different versions must not migrate one database.
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector },
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              securityContext: podSecurity(users.own),
              containers: [
                {
                  name: "mlflow",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["python3", "/scripts/start.py"],
                  env: [
                    {
                      name: "DATABASE_HOST",
                      value: `${services.database.name}:${services.database.port}`,
                    },
                    {
                      name: "DATABASE_PASSWORD",
                      valueFrom: {
                        secretKeyRef: { name: args.database.credentials, key: "password" },
                      },
                    },
                    { name: "ARTIFACT_BUCKET", value: buckets.artifacts },
                    { name: "PORT", value: String(service.port) },
                    { name: "MLFLOW_S3_ENDPOINT_URL", value: args.objects.endpoint },
                    { name: "MLFLOW_SERVER_ALLOWED_HOSTS", value: allowedHosts(environment) },
                    { name: "MLFLOW_DISABLE_TELEMETRY", value: "true" },
                    { name: "HOME", value: "/tmp" },
                    ...storageEnvironment(args.objects, "registry"),
                  ],
                  ports: [{ name: "http", containerPort: service.port }],
                  startupProbe: {
                    httpGet: { path: "/health", port: "http" },
                    periodSeconds: 2,
                    failureThreshold: 90,
                  },
                  readinessProbe: {
                    httpGet: { path: "/health", port: "http" },
                    periodSeconds: 5,
                    timeoutSeconds: 5,
                  },
                  livenessProbe: {
                    httpGet: { path: "/health", port: "http" },
                    periodSeconds: 20,
                    timeoutSeconds: 10,
                    failureThreshold: 6,
                  },
                  resources,
                  securityContext: containerSecurity,
                  volumeMounts: [
                    { name: "scripts", mountPath: "/scripts", readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "scripts", configMap: { name: script.metadata.name } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [args.database, args.objects] },
    );
    // With the id, which no preview knows of a server that is new: nobody is to ask one that is not there.
    this.ready = pulumi.all([server.metadata.name, server.id]).apply(([resolved]) => resolved);
    this.registerOutputs({ ready: this.ready });
  }
}

/** Names under which the server may be asked; any other Host header is refused, against DNS rebinding. */
function allowedHosts(environment: string): string {
  const { name, port } = services.registry;
  const service = [
    name,
    `${name}.isotherm-${environment}`,
    `${name}.isotherm-${environment}.svc.cluster.local`,
  ];
  // A tunnel ends on whatever local port is free.
  return [
    ...service,
    ...service.map((host) => `${host}:${port}`),
    "localhost:*",
    "127.0.0.1:*",
  ].join(",");
}
