import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes.js";
import { publicKeyPem, signingKeyPem } from "../../contracts/envelope.ts";
import { ledgerKeyPath, ledgerPublicKey, ports } from "../../contracts/names.ts";
import { objectLabels, selectorLabels } from "../foundation/labels.ts";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { ServiceRole } from "../foundation/service-role.ts";
import type { ObjectStore } from "../registry/object-store.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";

export interface RecorderArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  /** The serving image, which holds the recorder as a second program. */
  image: string;
  objects: ObjectStore;
}

const identity = { name: "recorder", instance: "recorder", component: "recorder" } as const;

/** Labels that select the recorder's pod. */
export function recorderPodLabels(environment: string): Record<string, string> {
  return selectorLabels({ ...identity, environment });
}

const resources = containerResources("20m", "96Mi", "256Mi");

const look = ["get", "list", "watch"];
/** Exactly what it watches. */
const rules = [
  {
    apiGroups: ["gateway.networking.k8s.io"],
    resources: ["httproutes", "grpcroutes"],
    verbs: look,
  },
  { apiGroups: ["apps"], resources: ["deployments"], verbs: look },
  { apiGroups: ["batch"], resources: ["jobs"], verbs: look },
  { apiGroups: [""], resources: ["configmaps"], verbs: look },
];

/** Where API servers listen: rules see the port of the server, and no name or label of where it is. */
const apiServerPorts = [443, 6443, 8443];

/**
 * Watches what an environment serves, and writes each change into its ledger in the object store, signed with a key that
 * nobody else holds.
 */
export class Recorder extends pulumi.ComponentResource {
  /** The public half of the ledger's key, as PEM. */
  public readonly publicKey: pulumi.Output<string>;
  /** CPU requested, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: RecorderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:serving:Recorder", name, {}, opts);
    const parent = { parent: this };
    const { environment, namespace, image, objects } = args;
    const labels = objectLabels({ ...identity, environment });
    const selector = recorderPodLabels(environment);
    const metadata = { name: identity.instance, namespace, labels };
    const keyFile = ledgerKeyPath.slice(ledgerKeyPath.lastIndexOf("/") + 1);

    const seed = new RandomBytes(`${name}-key`, { length: 32 }, parent);
    const privateKey = seed.base64.apply((text) => signingKeyPem(Buffer.from(text, "base64")));
    this.publicKey = pulumi.unsecret(privateKey.apply(publicKeyPem));
    const secret = new Secret(
      `${name}-key`,
      { metadata: { namespace, labels }, stringData: { [keyFile]: privateKey } },
      parent,
    );
    new ConfigMap(
      `${name}-public-key`,
      {
        metadata: { name: ledgerPublicKey.name, namespace, labels },
        data: { [ledgerPublicKey.file]: this.publicKey },
      },
      parent,
    );
    const role = new ServiceRole(
      name,
      { account: identity.instance, namespace, labels, rules },
      parent,
    );
    const policy = new NetworkPolicy(
      `${name}-api-server`,
      {
        metadata: { ...metadata, name: "allow-recorder-api-server" },
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Egress"],
          egress: [{ ports: apiServerPorts.map((port) => ({ protocol: "TCP", port })) }],
        },
      },
      parent,
    );
    const probe = (path: string) => ({ httpGet: { path, port: "metrics" }, timeoutSeconds: 5 });
    new Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: 1,
          // Two would write the same ledger and do no harm, but nor any good.
          strategy: { type: "Recreate" },
          selector: { matchLabels: selector },
          template: {
            metadata: { labels },
            spec: {
              ...plainPod,
              automountServiceAccountToken: true,
              serviceAccountName: role.account,
              securityContext: podSecurity(users.own),
              terminationGracePeriodSeconds: 10,
              containers: [
                {
                  name: "recorder",
                  image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["node", "--v8-pool-size=1", "/app/record.js"],
                  env: [
                    { name: "ISOTHERM_ENVIRONMENT", value: environment },
                    { name: "ISOTHERM_NAMESPACE", value: namespace },
                    { name: "AWS_ENDPOINT_URL", value: objects.endpoint },
                    ...storageEnvironment(objects, "recorder"),
                  ],
                  ports: [{ name: "metrics", containerPort: ports.metrics }],
                  startupProbe: {
                    ...probe("/health/live"),
                    periodSeconds: 1,
                    failureThreshold: 60,
                  },
                  livenessProbe: { ...probe("/health/live"), periodSeconds: 20 },
                  readinessProbe: { ...probe("/health/ready"), periodSeconds: 5 },
                  resources,
                  securityContext: containerSecurity,
                  volumeMounts: [
                    {
                      name: "key",
                      mountPath: ledgerKeyPath.slice(0, ledgerKeyPath.lastIndexOf("/")),
                      readOnly: true,
                    },
                  ],
                },
              ],
              volumes: [
                // Read by the group, which is the pod's own.
                { name: "key", secret: { secretName: secret.metadata.name, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      { ...parent, dependsOn: [objects, role, policy] },
    );
    this.registerOutputs({ publicKey: this.publicKey });
  }
}
