import * as pulumi from "@pulumi/pulumi";
import { Database } from "./database.ts";
import { ObjectStore } from "./object-store.ts";
import { RegistryServer } from "./registry-server.ts";

export interface ModelRegistryArgs {
  environment: string;
  namespace: pulumi.Input<string>;
  images: Readonly<Record<"postgres" | "s3" | "mlflow" | "training", string>>;
  /** Sizes of the volumes, as Kubernetes quantities. */
  storage: { database: string; objects: string };
  /** @default the cluster's default storage class */
  storageClass: string | undefined;
  /** Keep volumes from being deleted by mistake, and when the stack is destroyed. */
  protectData: boolean;
}

/** MLflow on PostgreSQL, artifacts and releases in S3: everything an environment remembers. */
export class ModelRegistry extends pulumi.ComponentResource {
  /** MLflow's base URL inside the environment's namespace. */
  public readonly url: string;
  public readonly database: Database;
  public readonly objects: ObjectStore;
  /** Known once the registry answers. */
  public readonly ready: pulumi.Output<string>;
  /** CPU requested, in thousandths of a core. */
  public readonly cpu: number;

  constructor(name: string, args: ModelRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("isotherm:registry:ModelRegistry", name, {}, opts);
    const parent = { parent: this };
    const { environment, namespace, images } = args;
    const bundled = {
      environment,
      namespace,
      storageClass: args.storageClass,
      ...(args.protectData ? { volumeOptions: { protect: true, retainOnDelete: true } } : {}),
    };
    this.database = new Database(
      `${name}-db`,
      { ...bundled, image: images.postgres, storage: args.storage.database },
      parent,
    );
    this.objects = new ObjectStore(
      `${name}-s3`,
      { ...bundled, image: images.s3, storage: args.storage.objects, tools: images.training },
      parent,
    );
    const server = new RegistryServer(
      `${name}-mlflow`,
      {
        environment,
        namespace,
        image: images.mlflow,
        database: this.database,
        objects: this.objects,
      },
      parent,
    );
    this.url = server.url;
    this.ready = server.ready;
    this.cpu = this.database.cpu + this.objects.cpu + server.cpu;
    this.registerOutputs({ url: this.url, ready: this.ready });
  }
}
