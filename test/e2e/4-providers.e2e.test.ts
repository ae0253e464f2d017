// The stand-in provider against the API server of this cluster, by its own suite.
import { provideCluster } from "./provider-environment.ts";

await provideCluster();
await import("../../embedded/providers/kubernetes/provider.cluster.test.ts");
