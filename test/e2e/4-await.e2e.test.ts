// What the stand-in provider waits for, against the pods of this cluster, by its own suite.
import { provideCluster } from "./provider-environment.ts";

await provideCluster();
await import("../../embedded/providers/kubernetes/await/await.cluster.test.ts");
