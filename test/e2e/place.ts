import { KubeConfig } from "@kubernetes/client-node";
import { registryPodLabels } from "../../components/registry/registry-server.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { buckets, services } from "../../contracts/names.ts";
import type { TargetPlace } from "../../infra/promotion/place.ts";
import { openTunnel } from "../../infra/targets/tunnel.ts";
import { withObjects } from "./objects.ts";
import { kubeconfig } from "./platform.ts";

/** Works on an environment's registry and object store from outside its cluster. */
export async function withPlace<T>(
  environment: string,
  namespace: string,
  work: (place: TargetPlace) => Promise<T>,
): Promise<T> {
  const cluster = new KubeConfig();
  cluster.loadFromFile(kubeconfig);
  const labels = registryPodLabels(environment);
  const tunnel = await openTunnel(cluster, namespace, labels, services.registry.port);
  try {
    const mlflow = new Mlflow({ url: tunnel.url });
    const bucket = buckets.releases;
    return await withObjects(environment, namespace, (objects) =>
      work({ environment, mlflow, objects, bucket }),
    );
  } finally {
    tunnel.close();
  }
}
