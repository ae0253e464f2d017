import { Mlflow } from "../../contracts/mlflow.ts";
import { tagOf } from "../../contracts/mlflow-types.ts";
import { buckets, services, tags } from "../../contracts/names.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { fileByRole, type ReleaseManifest } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { shell } from "./platform.ts";

/** The registry of an environment on the embedded cluster, whose Services this machine reaches. */
export class EnvironmentRegistry {
  readonly mlflow: Mlflow;
  readonly releases: ReleaseStore;

  private constructor(mlflow: Mlflow, releases: ReleaseStore) {
    this.mlflow = mlflow;
    this.releases = releases;
  }

  static async open(namespace: string): Promise<EnvironmentRegistry> {
    const url = async ({ name, port }: { name: string; port: number }) => {
      const path = "jsonpath={.spec.clusterIP}";
      const ip = await shell(`kubectl -n ${namespace} get service ${name} -o ${path}`);
      return `http://${ip}:${port}`;
    };
    const secrets = JSON.parse(await shell(`kubectl -n ${namespace} get secrets -o json`)) as {
      items: { data: Record<string, string> }[];
    };
    const keys = secrets.items.find(({ data }) => "secretAccessKey" in data)?.data ?? {};
    const objects = new ObjectStore({
      endpoint: await url(services.objects),
      region: "us-east-1",
      accessKeyId: decoded(keys["accessKeyId"]),
      secretAccessKey: decoded(keys["secretAccessKey"]),
    });
    return new EnvironmentRegistry(
      new Mlflow({ url: await url(services.registry) }),
      new ReleaseStore(objects, buckets.releases),
    );
  }

  /** Manifests of a model's versions, oldest first. */
  async manifests(model: string): Promise<ReleaseManifest[]> {
    const versions = (await this.mlflow.modelVersions(model)).reverse();
    return Promise.all(
      versions.map((version) => this.releases.manifest(tagOf(version, tags.release) ?? "")),
    );
  }
}

/** SHA-256 of the release's ONNX file. */
export function modelSha256(manifest: ReleaseManifest | undefined): string | undefined {
  return manifest && fileByRole(manifest, "model")?.sha256;
}

function decoded(value = ""): string {
  return Buffer.from(value, "base64").toString();
}
