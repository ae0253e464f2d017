import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, podSecurity, users } from "../foundation/security.ts";
import { ServiceRole } from "../foundation/service-role.ts";
import {
  controllerConfig,
  controllerName,
  proxySpec,
  type GatewayServiceType,
} from "./envoy-gateway-config.ts";
import { certificateRules, controllerRules, infrastructureRules } from "./envoy-gateway-rules.ts";
import { EnvoyProxy, GatewayClass } from "./kinds.ts";

export interface EnvoyGatewayArgs {
  /** Name of the GatewayClass that environments use. */
  className: string;
  images: Readonly<Record<"envoy-gateway" | "envoy", string>>;
  /** How proxies are reached from outside. */
  service: GatewayServiceType;
}

/** Namespace of the controller and of all proxies. */
export const gatewayNamespace = "envoy-gateway-system";

const resources = containerResources("50m", "96Mi", "512Mi");
const controllerPorts = { grpc: 18000, ratelimit: 18001, wasm: 18002, metrics: 19001 };

/**
 * Envoy Gateway for a whole cluster: what its chart renders, as typed resources. Needs the gateway kinds.
 */
export class EnvoyGateway extends pulumi.ComponentResource {
  public readonly className: pulumi.Output<string>;
  /** CPU requested by the controller, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: EnvoyGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:gateway:EnvoyGateway", name, {}, opts);
    const parent = { parent: this };
    const image = args.images["envoy-gateway"];
    const labels = {
      "app.kubernetes.io/name": "gateway-helm",
      "app.kubernetes.io/instance": "eg",
      "app.kubernetes.io/part-of": "isotherm",
    };
    const selector = { "control-plane": "envoy-gateway", ...labels };

    const namespace = new Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: gatewayNamespace,
          labels: { ...labels, "pod-security.kubernetes.io/enforce": "restricted" },
        },
      },
      parent,
    ).metadata.name;
    const controllerAccount = new ServiceRole(
      `${name}-controller`,
      {
        account: "envoy-gateway",
        namespace,
        labels,
        rules: infrastructureRules,
        clusterRules: controllerRules,
      },
      parent,
    );
    const certificateAccount = new ServiceRole(
      `${name}-certgen`,
      { account: "envoy-gateway-certgen", namespace, labels, rules: certificateRules },
      parent,
    );
    const container = {
      image,
      imagePullPolicy: "IfNotPresent",
      env: [
        {
          name: "ENVOY_GATEWAY_NAMESPACE",
          valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
        },
        { name: "KUBERNETES_CLUSTER_DOMAIN", value: "cluster.local" },
      ],
      securityContext: containerSecurity,
    };

    const certificates = new Job(
      `${name}-certificates`,
      {
        // A Job cannot change: another image makes another Job, which leaves the certificates that are there.
        metadata: {
          name: `envoy-gateway-certgen-${sha256Hex(image).slice(0, 8)}`,
          namespace,
          labels,
        },
        spec: {
          backoffLimit: 3,
          template: {
            metadata: { labels: { app: "certgen", ...labels } },
            spec: {
              automountServiceAccountToken: true,
              serviceAccountName: certificateAccount.account,
              restartPolicy: "Never",
              securityContext: podSecurity(users.envoyGateway),
              containers: [
                {
                  ...container,
                  name: "envoy-gateway-certgen",
                  command: ["envoy-gateway", "certgen"],
                  args: ["--disable-topology-injector"],
                  resources: containerResources("20m", "64Mi", "256Mi"),
                },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [certificateAccount] },
    );
    const text = canonicalJson(controllerConfig(image, args.images.envoy));
    const config = new ConfigMap(
      `${name}-config`,
      {
        metadata: {
          name: `envoy-gateway-config-${sha256Hex(text).slice(0, 8)}`,
          namespace,
          labels,
        },
        data: { "envoy-gateway.yaml": text },
      },
      parent,
    );
    new Service(
      `${name}-service`,
      {
        // Proxies find their controller by this name.
        metadata: { name: "envoy-gateway", namespace, labels: selector },
        spec: {
          selector,
          ports: Object.entries(controllerPorts).map(([portName, port]) => ({
            name: portName,
            port,
            targetPort: port,
          })),
        },
      },
      // The Service counts as ready when it has an endpoint, and the controller comes after it.
      { ...parent },
    );
    const controller = new Deployment(
      `${name}-deployment`,
      {
        metadata: { name: "envoy-gateway", namespace, labels: selector },
        spec: {
          replicas: 1,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: selector },
            spec: {
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              serviceAccountName: controllerAccount.account,
              terminationGracePeriodSeconds: 10,
              securityContext: podSecurity(users.envoyGateway),
              containers: [
                {
                  ...container,
                  name: "envoy-gateway",
                  args: ["server", "--config-path=/config/envoy-gateway.yaml"],
                  ports: Object.entries(controllerPorts).map(([portName, containerPort]) => ({
                    name: portName,
                    containerPort,
                  })),
                  startupProbe: {
                    httpGet: { path: "/healthz", port: 8081 },
                    periodSeconds: 1,
                    failureThreshold: 60,
                  },
                  livenessProbe: {
                    httpGet: { path: "/healthz", port: 8081 },
                    periodSeconds: 20,
                    timeoutSeconds: 5,
                  },
                  readinessProbe: {
                    httpGet: { path: "/readyz", port: 8081 },
                    periodSeconds: 5,
                    timeoutSeconds: 5,
                  },
                  resources,
                  volumeMounts: [
                    { name: "config", mountPath: "/config", readOnly: true },
                    { name: "certs", mountPath: "/certs", readOnly: true },
                    { name: "wasm-cache", mountPath: "/var/lib/eg/wasm" },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "config", configMap: { name: config.metadata.name } },
                { name: "certs", secret: { secretName: "envoy-gateway" } },
                { name: "wasm-cache", emptyDir: {} },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [certificates, controllerAccount] },
    );
    const proxy = new EnvoyProxy(
      `${name}-proxy`,
      {
        metadata: { name: args.className, namespace, labels },
        spec: proxySpec(args.images.envoy, args.service),
      },
      { ...parent, dependsOn: [controller] },
    );
    const gatewayClass = new GatewayClass(
      `${name}-class`,
      {
        metadata: {
          name: args.className,
          labels,
          annotations: { "pulumi.com/waitFor": "condition=Accepted" },
        },
        spec: {
          controllerName,
          parametersRef: {
            group: "gateway.envoyproxy.io",
            kind: "EnvoyProxy",
            name: args.className,
            namespace,
          },
        },
      },
      { ...parent, dependsOn: [proxy] },
    );
    this.className = gatewayClass.id;
    this.registerOutputs({ className: this.className });
  }
}
