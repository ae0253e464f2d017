import { APIService } from "@pulumi/kubernetes/apiregistration/v1/apiservice.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, podSecurity, users } from "../foundation/security.ts";
import { servingCertificate } from "../foundation/serving-certificate.ts";
import { metricsApi, ownMetricsLabels } from "./metrics-api.ts";
import { MetricsServerRights } from "./metrics-server-rights.ts";

export interface MetricsServerArgs {
  image: string;
  /**
   * `verify`: only a kubelet whose certificate the cluster's own authority signed is asked. `skip`: any, for clusters
   * whose kubelets sign their own.
   */
  kubeletCertificates: "verify" | "skip";
}

const namespaceName = "isotherm-metrics";
const serverName = "metrics-server";
/** The last name is the one by which the API server knows it. */
const names = [
  serverName,
  `${serverName}.${namespaceName}`,
  `${serverName}.${namespaceName}.svc`,
] as const;
const port = 10250;
const tlsFolder = "/tls";
const resources = containerResources("20m", "40Mi", "128Mi");

/** The authority that the cluster gives to each of its pods, and that signs kubelets' certificates where they are signed. */
const clusterAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/**
 * metrics-server for a whole cluster: measures how much CPU and memory pods use every 15 seconds, and serves it as the API
 * metrics.k8s.io, which autoscalers and `kubectl top` ask.
 */
export class MetricsServer extends pulumi.ComponentResource {
  /** Name of the APIService, known once the server answers. */
  public readonly api: pulumi.Output<string>;
  /** CPU that it requests, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:monitoring:MetricsServer", name, {}, opts);
    const parent = { parent: this };
    const selector = {
      ...ownMetricsLabels,
      "app.kubernetes.io/instance": serverName,
      "app.kubernetes.io/component": serverName,
    };
    const namespace = new Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: namespaceName,
          labels: { ...selector, "pod-security.kubernetes.io/enforce": "restricted" },
        },
      },
      parent,
    ).metadata.name;
    const metadata = { name: serverName, namespace, labels: selector };
    const rights = new MetricsServerRights(
      `${name}-rights`,
      { account: serverName, namespace, labels: selector },
      parent,
    );
    new NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress"],
          // The API server is no pod, so nothing says where it calls from.
          ingress: [{ ports: [{ protocol: "TCP", port }] }],
        },
      },
      parent,
    );
    const made = pulumi.output(servingCertificate(names));
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const tls = new Secret(
      `${name}-tls`,
      {
        metadata,
        type: "kubernetes.io/tls",
        data: pulumi.secret(
          made.apply(({ certificate, key }) => ({
            "tls.crt": base64(certificate),
            "tls.key": base64(key),
          })),
        ),
      },
      // The program makes a certificate on each of its runs; the first one is kept.
      { ...parent, ignoreChanges: ["data"] },
    );
    const service = new Service(
      `${name}-service`,
      {
        metadata,
        spec: {
          selector,
          ports: [{ name: "https", port: 443, targetPort: "https", appProtocol: "https" }],
        },
      },
      parent,
    );
    const probe = (path: string) => ({
      httpGet: { path, port: "https", scheme: "HTTPS" },
      timeoutSeconds: 5,
    });
    const deployment = new Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: selector },
            spec: {
              automountServiceAccountToken: true,
              enableServiceLinks: false,
              serviceAccountName: rights.account,
              priorityClassName: "system-cluster-critical",
              securityContext: podSecurity(users.own),
              containers: [
                {
                  name: serverName,
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  args: [
                    `--secure-port=${port}`,
                    `--tls-cert-file=${tlsFolder}/tls.crt`,
                    `--tls-private-key-file=${tlsFolder}/tls.key`,
                    "--metric-resolution=15s",
                    "--kubelet-use-node-status-port",
                    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                    args.kubeletCertificates === "verify"
                      ? `--kubelet-certificate-authority=${clusterAuthority}`
                      : "--kubelet-insecure-tls",
                  ],
                  ports: [{ name: "https", containerPort: port }],
                  startupProbe: { ...probe("/livez"), periodSeconds: 1, failureThreshold: 60 },
                  livenessProbe: { ...probe("/livez"), periodSeconds: 10 },
                  // Ready is who has measured, which takes two rounds.
                  readinessProbe: { ...probe("/readyz"), periodSeconds: 2 },
                  resources,
                  securityContext: containerSecurity,
                  volumeMounts: [
                    { name: "tls", mountPath: tlsFolder, readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "tls", secret: { secretName: tls.metadata.name } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [rights] },
    );
    const { group, version } = metricsApi;
    const api = new APIService(
      `${name}-api`,
      {
        metadata: {
          name: metricsApi.name,
          labels: selector,
          annotations: { "pulumi.com/waitFor": "condition=Available" },
        },
        spec: {
          group,
          version,
          groupPriorityMinimum: 100,
          versionPriority: 100,
          // A certificate is no secret.
          caBundle: pulumi.unsecret(tls.data.apply((data) => data["tls.crt"] ?? "")),
          service: { name: service.metadata.name, namespace, port: 443 },
        },
      },
      { ...parent, dependsOn: [deployment] },
    );
    this.api = api.metadata.name;
    this.registerOutputs({ api: this.api });
  }
}
