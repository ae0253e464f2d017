// The stand-in provider against the API server and the pods of this cluster, by its own suites.
import { kubeconfig, obstacle, shell } from "./platform.ts";

if (obstacle() === undefined) {
  process.env["ISOTHERM_TEST_KUBECONFIG"] = kubeconfig;
  process.env["PATH"] = await shell('printf %s "$PATH"');
  const images = await shell(
    "kubectl get nodes -o jsonpath='{.items[*].status.images[*].names[*]}'",
  );
  process.env["ISOTHERM_TEST_IMAGE"] = images.split(" ").find((name) => name.includes("/busybox:"));
}
await import("../../embedded/providers/kubernetes/provider.cluster.test.ts");
await import("../../embedded/providers/kubernetes/await/await.cluster.test.ts");
