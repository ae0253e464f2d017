import { KubeConfig } from "@kubernetes/client-node";
import { registryPodLabels } from "../../components/registry/registry-server.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { tagOf } from "../../contracts/mlflow-types.ts";
import { services, tags } from "../../contracts/names.ts";
import { parseRelease, type ReleaseManifest } from "../../contracts/release.ts";
import { openTunnel } from "../../infra/targets/tunnel.ts";
import { kubeconfig } from "./platform.ts";

/** Works on an environment's registry from outside its cluster. */
export async function withRegistry<T>(
  environment: string,
  namespace: string,
  work: (mlflow: Mlflow) => Promise<T>,
): Promise<T> {
  const cluster = new KubeConfig();
  cluster.loadFromFile(kubeconfig);
  const labels = registryPodLabels(environment);
  const tunnel = await openTunnel(cluster, namespace, labels, services.registry.port);
  try {
    return await work(new Mlflow({ url: tunnel.url }));
  } finally {
    tunnel.close();
  }
}

/**
 * Manifests of a model's versions in an environment's registry, oldest first, as the versions' own files tell them.
 * @throws Error where one is not the release that its version is tagged with
 */
export function manifestsOf(
  environment: string,
  namespace: string,
  model: string,
): Promise<ReleaseManifest[]> {
  return withRegistry(environment, namespace, async (mlflow) => {
    const versions = (await mlflow.modelVersions(model)).reverse();
    return Promise.all(
      versions.map(async (version) => {
        const run = await mlflow.getRun(version.run_id ?? "");
        const bytes = await mlflow.downloadArtifact(run, "model/release.json");
        return parseRelease(new TextDecoder().decode(bytes), tagOf(version, tags.release) ?? "");
      }),
    );
  });
}
