import { AppsV1Api, CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";
import { z } from "zod";
import { keys } from "../../contracts/names.ts";
import { Slot } from "../../contracts/serving-config.ts";
import type { Live, LiveSlot } from "../live.ts";

/** As much of an HTTPRoute as says who gets how much. */
const Route = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    rules: z
      .array(
        z.object({
          matches: z.array(z.object({ headers: z.array(z.unknown()).optional() })).default([]),
          backendRefs: z
            .array(z.object({ name: z.string(), weight: z.number().default(1) }))
            .default([]),
        }),
      )
      .default([]),
  }),
});
const Routes = z.object({ items: z.array(Route) });

/**
 * Reads what the cluster serves in an environment's namespace, and the records of what it admitted. A namespace that is
 * not there holds nothing.
 * @throws Error where the API server does not answer, or refuses
 */
export async function readLive(kubeConfig: KubeConfig, namespace: string): Promise<Live> {
  const labelSelector = keys.model;
  const [routes, deployments, configMaps] = await Promise.all([
    kubeConfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      group: "gateway.networking.k8s.io",
      version: "v1",
      plural: "httproutes",
      namespace,
      labelSelector,
    }) as Promise<unknown>,
    kubeConfig.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace, labelSelector }),
    kubeConfig.makeApiClient(CoreV1Api).listNamespacedConfigMap({
      namespace,
      labelSelector: `${labelSelector},${keys.release}`,
    }),
  ]);
  const weights = weightsOf(Routes.parse(routes).items);
  const slots = new Map<string, Map<Slot, LiveSlot>>();
  for (const { metadata, status } of deployments.items) {
    const model = metadata?.labels?.[keys.model] ?? "";
    const slot = Slot.safeParse(metadata?.labels?.[keys.slot]);
    if (!slot.success) continue;
    const ofModel = slots.get(model) ?? new Map<Slot, LiveSlot>();
    slots.set(model, ofModel);
    ofModel.set(slot.data, {
      weight: weights.get(`${model}-${slot.data}`) ?? 0,
      release: metadata?.annotations?.[keys.release],
      ready: status?.readyReplicas ?? 0,
    });
  }
  return { slots, records: configMaps.items.map(({ data }) => data ?? {}) };
}

/** Weights by Service. Rules that ask for a header lead to one slot whatever its weight. */
function weightsOf(routes: readonly z.infer<typeof Route>[]): Map<string, number> {
  const rules = routes
    .flatMap(({ spec }) => spec.rules)
    .filter(({ matches }) => matches.every(({ headers }) => headers === undefined));
  return new Map(
    rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight])),
  );
}
