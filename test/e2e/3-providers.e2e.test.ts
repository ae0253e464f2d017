// The stand-in provider against the API server of this cluster, by its own suite.
import { kubeconfig, obstacle, shell } from "./platform.ts";

if (obstacle() === undefined) {
  process.env["ISOTHERM_TEST_KUBECONFIG"] = kubeconfig;
  process.env["PATH"] = await shell('printf %s "$PATH"');
}
await import("../../embedded/providers/kubernetes/provider.cluster.test.ts");
