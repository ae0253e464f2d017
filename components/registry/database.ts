import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { services } from "../../contracts/names.ts";
import { objectLabels, selectorLabels, type Identity } from "../foundation/labels.ts";
import { containerResources, milliCpu } from "../foundation/requests.ts";
import { containerSecurity, plainPod, podSecurity, users } from "../foundation/security.ts";
import { bundledVolume, type BundledServiceArgs } from "./bundled.ts";
import { databaseStartScript } from "./scripts.ts";

const resources = containerResources("50m", "96Mi", "256Mi");

/** PostgreSQL on a volume of its own, for one database and the one role that owns it. */
export class Database extends pulumi.ComponentResource {
  public readonly host = services.database.name;
  /** Name of the Secret whose key `password` opens the database. */
  public readonly credentials: pulumi.Output<string>;
  /** Known once the database answers. */
  public readonly ready: pulumi.Output<string>;
  /** CPU requested, in thousandths of a core. */
  public readonly cpu = milliCpu(resources.requests.cpu);

  constructor(name: string, args: BundledServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:Database", name, {}, opts);
    const parent = { parent: this };
    const { namespace, environment } = args;
    const service = services.database;
    const identity: Identity = {
      name: "postgres",
      instance: service.name,
      component: "database",
      environment,
    };
    const labels = objectLabels(identity);
    const selector = selectorLabels(identity);

    // Letters and digits only: the password becomes part of a URI and of an SQL text.
    const password = new RandomPassword(`${name}-password`, { length: 32, special: false }, parent);
    const secret = new Secret(
      `${name}-credentials`,
      { metadata: { namespace, labels }, stringData: { password: password.result } },
      parent,
    );
    const script = new ConfigMap(
      `${name}-start`,
      { metadata: { namespace, labels }, data: { "start.sh": databaseStartScript } },
      parent,
    );
    const claim = new PersistentVolumeClaim(
      `${name}-data`,
      bundledVolume(`${service.name}-data`, labels, args),
      {
        ...parent,
        ...args.volumeOptions,
      },
    );
    new Service(
      `${name}-service`,
      {
        metadata: { name: service.name, namespace, labels },
        spec: {
          selector,
          ports: [{ name: "postgres", port: service.port, targetPort: "postgres" }],
        },
      },
      parent,
    );
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
              securityContext: podSecurity(users.postgres),
              terminationGracePeriodSeconds: 60,
              containers: [
                {
                  name: "postgres",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["/bin/sh", "/scripts/start.sh"],
                  env: [
                    { name: "PGDATA", value: "/var/lib/postgresql/data/cluster" },
                    {
                      name: "MLFLOW_PASSWORD",
                      valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } },
                    },
                  ],
                  ports: [{ name: "postgres", containerPort: service.port }],
                  readinessProbe: {
                    exec: { command: ["pg_isready", "--host=/tmp", "--dbname=mlflow", "--quiet"] },
                    periodSeconds: 5,
                    timeoutSeconds: 5,
                  },
                  resources,
                  securityContext: containerSecurity,
                  volumeMounts: [
                    { name: "data", mountPath: "/var/lib/postgresql/data" },
                    { name: "scripts", mountPath: "/scripts", readOnly: true },
                    { name: "tmp", mountPath: "/tmp" },
                  ],
                },
              ],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: claim.metadata.name } },
                { name: "scripts", configMap: { name: script.metadata.name } },
                { name: "tmp", emptyDir: {} },
              ],
            },
          },
        },
      },
      parent,
    );
    this.credentials = secret.metadata.name;
    this.ready = server.metadata.name;
    this.registerOutputs({ credentials: this.credentials, ready: this.ready });
  }
}
