import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
  type V1ConfigMap,
  type V1Deployment,
} from "@kubernetes/client-node";
import { z } from "zod";
import { approvedName, heldPrefix, releaseOfConfig } from "../../contracts/admission.ts";
import { parseHold } from "../../contracts/hold.ts";
import { keys } from "../../contracts/names.ts";
import { Slot } from "../../contracts/serving-config.ts";
import type { Live, LiveRoute, LiveSlot, Written } from "../live.ts";
import {
  foreignChange,
  lastWrite,
  ownedBelow,
  owns,
  type ManagedFields,
} from "./foreign-change.ts";
import { orMissing } from "./or-missing.ts";

const Annotations = z.record(z.string(), z.string()).default({});

/** As much of an HTTPRoute or a GRPCRoute as says who gets how much. */
const Route = z.object({
  metadata: z.object({
    labels: z.record(z.string(), z.string()).default({}),
    annotations: Annotations,
    managedFields: z.array(z.unknown()).default([]),
  }),
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
type Route = z.infer<typeof Route>;
const Routes = z.object({ items: z.array(Route) });

/**
 * Reads what the cluster serves in an environment's namespace, who changed it, what is on hold, and the records of what was
 * admitted. A namespace that is not there holds nothing.
 * @throws Error where the API server does not answer, or refuses, or a hold cannot be read
 */
export async function readLive(kubeConfig: KubeConfig, namespace: string): Promise<Live> {
  const labelSelector = keys.model;
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const configMaps = (label: string) =>
    core.listNamespacedConfigMap({ namespace, labelSelector: `${labelSelector},${label}` });
  const [http, grpc, deployments, records, holds, approved] = await Promise.all([
    readRoutes(kubeConfig, namespace, "httproutes"),
    readRoutes(kubeConfig, namespace, "grpcroutes"),
    kubeConfig.makeApiClient(AppsV1Api).listNamespacedDeployment({ namespace, labelSelector }),
    configMaps(keys.release),
    configMaps(keys.hold),
    orMissing(core.readNamespacedConfigMap({ namespace, name: approvedName })),
  ]);
  const weights = weightsOf(http);
  const slots = new Map<string, Map<Slot, LiveSlot>>();
  for (const deployment of deployments.items) {
    const labels = deployment.metadata?.labels ?? {};
    const model = labels[keys.model] ?? "";
    const slot = Slot.safeParse(labels[keys.slot]);
    if (!slot.success) continue;
    const ofModel = slots.get(model) ?? new Map<Slot, LiveSlot>();
    slots.set(model, ofModel);
    ofModel.set(slot.data, {
      weight: weights.get(`${model}-${slot.data}`) ?? 0,
      release: releaseOf(deployment),
      pod: deployment.metadata?.annotations?.[keys.pod],
      ready: deployment.status?.readyReplicas ?? 0,
      ...written(deployment.metadata, isOfServers),
    });
  }
  return {
    slots,
    routes: { http: routesByModel(http), grpc: routesByModel(grpc) },
    approved: {
      releases: approved?.data ?? {},
      isMissing: approved === undefined && slots.size > 0,
      ...written(approved?.metadata, isOfList),
    },
    records: records.items.map(({ data }) => data ?? {}),
    holds: holds.items.map((object: V1ConfigMap) => parseHold(object)),
  };
}

async function readRoutes(
  kubeConfig: KubeConfig,
  namespace: string,
  plural: "httproutes" | "grpcroutes",
): Promise<Route[]> {
  const answer: unknown = await kubeConfig
    .makeApiClient(CustomObjectsApi)
    .listNamespacedCustomObject({
      group: "gateway.networking.k8s.io",
      version: "v1",
      plural,
      namespace,
      labelSelector: keys.model,
    });
  return Routes.parse(answer).items;
}

/** Weights by Service. Rules that ask for a header lead to one slot whatever its weight. */
function weightsOf(routes: readonly Route[]): Map<string, number> {
  const rules = routes
    .flatMap(({ spec }) => spec.rules)
    .filter(({ matches }) => matches.every(({ headers }) => headers === undefined));
  return new Map(
    rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight])),
  );
}

function routesByModel(routes: readonly Route[]): Map<string, LiveRoute> {
  const areRules = (fields: unknown) => owns(fields, ["spec", "rules"]);
  return new Map(
    routes.map(({ metadata }) => [
      metadata.labels[keys.model] ?? "",
      {
        ...written(metadata, areRules),
        writtenAt: lastWrite(metadata.managedFields as ManagedFields[], areRules),
      },
    ]),
  );
}

/** What servers load is in their configuration; the annotation says it with all digits, and may have been left behind. */
function releaseOf({ metadata, spec }: V1Deployment): string | undefined {
  const annotated = metadata?.annotations?.[keys.release];
  const config = spec?.template.spec?.volumes?.find(({ name }) => name === "config");
  const loaded = releaseOfConfig(config?.configMap?.name ?? "");
  if (loaded === undefined || annotated?.startsWith(loaded) === true) return annotated;
  return loaded;
}

interface Metadata {
  annotations?: Readonly<Record<string, string>>;
  managedFields?: readonly unknown[];
}

function written(metadata: Metadata | undefined, isOurs: (fields: unknown) => boolean): Written {
  const managed = metadata?.managedFields as readonly ManagedFields[] | undefined;
  return {
    changed: foreignChange(managed, isOurs),
    undone: metadata?.annotations?.[keys.undone],
    deployed: deployedOf(metadata?.annotations),
  };
}

function deployedOf(annotations: Metadata["annotations"] = {}): Written["deployed"] {
  const [deployer, commit, of] = [keys.deployer, keys.commit, keys.deployed].map(
    (key) => annotations[key],
  );
  if (deployer === undefined || commit === undefined || of === undefined) return undefined;
  return { deployer, commit, of };
}

/** The release and the pod: a number of servers is an autoscaler's, a restart is anybody's. */
function isOfServers(fields: unknown): boolean {
  return (
    owns(fields, ["spec", "template", "spec"]) ||
    owns(fields, ["metadata", "annotations", keys.release])
  );
}

/** All but the marks of holds. */
function isOfList(fields: unknown): boolean {
  return ownedBelow(fields, ["data"]).some((key) => !key.startsWith(heldPrefix));
}
