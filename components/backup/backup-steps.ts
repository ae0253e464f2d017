import type { input } from "@pulumi/kubernetes/types/index.js";
import type * as pulumi from "@pulumi/pulumi";
import { backupVariables } from "../../contracts/backup.ts";
import { buckets, services } from "../../contracts/names.ts";
import type { StoreAccount } from "../../contracts/store-accounts.ts";
import { containerResources } from "../foundation/requests.ts";
import { containerSecurity, users } from "../foundation/security.ts";
import type { ModelRegistry } from "../registry/model-registry.ts";
import { storageEnvironment } from "../registry/storage-environment.ts";
import { dumpScript, requireEmptyScript, restoreScript, verifyScript } from "./scripts.ts";

type Container = input.core.v1.Container;

/** An S3 bucket, or a part of one, where backups lie. */
export interface BackupDestinationArgs {
  /** Base URL. */
  endpoint: string;
  region: string;
  bucket: string;
  /** Where in the bucket, without slashes at its ends. */
  prefix: string;
  /** Name of a Secret in the environment's namespace, with `accessKeyId` and `secretAccessKey`. */
  secret: string;
}

export interface BackupStepsArgs {
  environment: string;
  images: Readonly<Record<"postgres" | "training", string>>;
  registry: Pick<ModelRegistry, "database" | "objects">;
  destination: BackupDestinationArgs;
  /** Backups to keep. */
  keep: number;
  /** Of the steps that copy objects. */
  resources: { cpu: string; memory: string };
}

const folders = { dump: "/backup", scratch: "/scratch" } as const;

/** Volumes of every pod: files that its steps hand each other, and room for a database that is thrown away. */
export const stepVolumes = [
  { name: "dump", emptyDir: {} },
  { name: "scratch", emptyDir: {} },
  { name: "tmp", emptyDir: {} },
];

/** The containers of which the Jobs of a backup are made, each a step. */
export function backupSteps(args: BackupStepsArgs) {
  const { registry, destination, environment, keep } = args;
  const store = [
    ...["--endpoint", registry.objects.endpoint, "--region", registry.objects.region],
    ...["--bucket", buckets.releases],
  ];
  return {
    dump: toolStep(args, "dump", dumpScript, true),
    run: ownStep(args, "back-up", "run", {
      account: "backup",
      words: [...store, ...["--environment", environment, "--keep", String(keep)]],
    }),
    fetch: ownStep(args, "fetch", "fetch"),
    restoreScratch: toolStep(args, "restore-scratch", verifyScript, false),
    check: ownStep(args, "check", "check"),
    requireEmpty: toolStep(args, "require-empty", requireEmptyScript, true),
    restoreObjects: ownStep(args, "restore-objects", "restore", {
      account: "restore",
      words: store,
    }),
    restoreDatabase: toolStep(args, "restore-database", restoreScript, true),
  } satisfies Record<string, Container>;

  function ownStep(
    { images, resources }: BackupStepsArgs,
    name: string,
    command: string,
    /** Of the registry's store, for a step that uses it. */
    own?: { account: StoreAccount; words: readonly string[] },
  ) {
    const secret = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: destination.secret, key } },
    });
    return {
      name,
      image: images.training,
      imagePullPolicy: "IfNotPresent",
      command: ["node", "/app/cli.js", "backup", command],
      args: [
        ...["--destination", destination.endpoint, "--destination-region", destination.region],
        ...["--destination-bucket", destination.bucket, "--prefix", destination.prefix],
        ...["--dump", folders.dump],
        ...(own?.words ?? []),
      ],
      env: [
        { name: backupVariables.point, value: "" },
        secret(backupVariables.accessKeyId, "accessKeyId"),
        secret(backupVariables.secretAccessKey, "secretAccessKey"),
        ...(own === undefined ? [] : storageEnvironment(registry.objects, own.account)),
      ],
      resources: containerResources(resources.cpu, resources.memory, resources.memory),
      securityContext: containerSecurity,
      volumeMounts: mounts("dump", "tmp"),
    };
  }
}

/** @param isConnected whether it asks the registry's database */
function toolStep(
  { images, registry }: BackupStepsArgs,
  name: string,
  script: string,
  isConnected: boolean,
) {
  const connection = isConnected ? databaseEnvironment(registry.database.credentials) : [];
  return {
    name,
    image: images.postgres,
    imagePullPolicy: "IfNotPresent",
    command: ["/bin/sh", "-c", script],
    env: [
      { name: "DUMP", value: folders.dump },
      { name: "SCRATCH", value: folders.scratch },
      ...connection,
    ],
    resources: containerResources("100m", "128Mi", "512Mi"),
    // A server of PostgreSQL starts as a user that its image knows.
    securityContext: {
      ...containerSecurity,
      runAsUser: users.postgres,
      runAsGroup: users.postgres,
    },
    volumeMounts: mounts("dump", "scratch", "tmp"),
  };
}

function databaseEnvironment(credentials: pulumi.Input<string>) {
  return [
    { name: "PGHOST", value: services.database.name },
    { name: "PGPORT", value: String(services.database.port) },
    { name: "PGUSER", value: "mlflow" },
    { name: "PGDATABASE", value: "mlflow" },
    { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: credentials, key: "password" } } },
  ];
}

function mounts(...names: ("dump" | "scratch" | "tmp")[]) {
  return names.map((name) => ({ name, mountPath: name === "tmp" ? "/tmp" : folders[name] }));
}
