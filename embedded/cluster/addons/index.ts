import type { KubernetesObject } from "@kubernetes/client-node";
import { nodePaths, type NodeConfig } from "../node-config.ts";
import { corednsObjects } from "./coredns.ts";
import { localPathObjects } from "./local-path.ts";

export { applyObjects, digestOf, loadKubeconfig, pendingDeployments } from "./apply.ts";

/** What makes the bare cluster one that workloads expect: names and storage. */
export function addonObjects(config: NodeConfig): KubernetesObject[] {
  const { images } = config.tools;
  return [
    ...corednsObjects(config.addresses.dnsAddress, images.coredns.reference),
    ...localPathObjects({
      image: images.localPath.reference,
      helperImage: images.busybox.reference,
      volumes: nodePaths(config).volumes,
    }),
  ];
}
