import type { Properties } from "../../shared/values.ts";
import { at, isProperties, textAt } from "../../shared/values.ts";
import type { Api } from "../api.ts";
import { isBuiltIn, groupOf } from "../kind.ts";
import { annotation, annotations, annotationIsTrue, nameOf, namespaceOf } from "../metadata.ts";
import {
  judgeClaim,
  judgeDefinition,
  judgeQuota,
  judgeSecret,
  judgeService,
  judgeVolume,
} from "./objects.ts";
import { isOwnedBy, podProblems, selectorQuery } from "./pods.ts";
import type { Verdict } from "./verdict.ts";
import { parseWaitFor } from "./wait-for.ts";
import {
  judgeDaemonSet,
  judgeDeployment,
  judgeJob,
  judgePod,
  judgeStatefulSet,
} from "./workloads.ts";

/** When objects of a kind are ready. */
export interface Readiness {
  readonly timeoutSeconds: number;
  judge(api: Api, object: Properties): Promise<Verdict>;
  /** What stands in the way, for the user; asked for now and then while waiting. */
  problems?(api: Api, object: Properties): Promise<string[]>;
  /** Whether a refresh reports an object that is not ready. */
  readonly onRead: boolean;
}

const minutes = 60;

const workload = (judge: (object: Properties) => Verdict): Readiness => ({
  timeoutSeconds: 10 * minutes,
  judge: async (_api, object) => judge(object),
  problems: async (api, object) => podProblems(await podsOf(api, object)),
  onRead: true,
});

const plain = (timeoutSeconds: number, judge: (object: Properties) => Verdict): Readiness => ({
  timeoutSeconds,
  judge: async (_api, object) => judge(object),
  onRead: false,
});

const byKind: Readonly<Record<string, Readiness>> = {
  "apps/Deployment": workload(judgeDeployment),
  "apps/StatefulSet": workload(judgeStatefulSet),
  "apps/DaemonSet": workload(judgeDaemonSet),
  "batch/Job": workload(judgeJob),
  "/Pod": {
    ...workload(judgePod),
    problems: async (_api, pod) => podProblems([pod]),
  },
  "/Service": {
    timeoutSeconds: 10 * minutes,
    judge: async (api, service) => judgeService(service, await endpointSlices(api, service)),
    onRead: true,
  },
  "/PersistentVolumeClaim": {
    timeoutSeconds: 5 * minutes,
    judge: async (api, claim) => judgeClaim(claim, await storageClassOf(api, claim)),
    onRead: false,
  },
  "/PersistentVolume": plain(5 * minutes, judgeVolume),
  "/ResourceQuota": plain(1 * minutes, judgeQuota),
  "/Secret": plain(5, judgeSecret),
  "apiextensions.k8s.io/CustomResourceDefinition": plain(1 * minutes, judgeDefinition),
};

/**
 * What to wait for after an object was written: what its annotation says, else what its kind means, else nothing.
 * @throws if the annotation pulumi.com/waitFor is malformed
 */
export function readinessOf(inputs: Properties): Readiness | undefined {
  if (annotationIsTrue(inputs, annotations.skipAwait)) return undefined;
  const waitFor = annotation(inputs, annotations.waitFor);
  if (waitFor !== "") return plain(10 * minutes, parseWaitFor(waitFor));
  const apiVersion = textAt(inputs, "apiVersion");
  if (!isBuiltIn(apiVersion)) return undefined;
  return byKind[`${groupOf(apiVersion)}/${textAt(inputs, "kind")}`];
}

async function podsOf(api: Api, workload: Properties): Promise<Properties[]> {
  const selector = at(workload, "spec", "selector");
  if (!isProperties(selector)) return [];
  const query = selectorQuery(selector);
  const pods = await api.list({ apiVersion: "v1", kind: "Pod" }, namespaceOf(workload), query);
  if (workload["kind"] !== "Deployment") return pods.filter((pod) => isOwnedBy(pod, workload));
  const replicaSets = await api.list(
    { apiVersion: "apps/v1", kind: "ReplicaSet" },
    namespaceOf(workload),
    query,
  );
  const revision = annotation(workload, "deployment.kubernetes.io/revision");
  const current = replicaSets.find(
    (set) =>
      isOwnedBy(set, workload) && annotation(set, "deployment.kubernetes.io/revision") === revision,
  );
  return current === undefined ? [] : pods.filter((pod) => isOwnedBy(pod, current));
}

async function endpointSlices(api: Api, service: Properties): Promise<Properties[]> {
  return api.list(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
    namespaceOf(service),
    `kubernetes.io/service-name=${nameOf(service)}`,
  );
}

async function storageClassOf(api: Api, claim: Properties): Promise<Properties | undefined> {
  const name = textAt(claim, "spec", "storageClassName");
  if (name === "") return undefined;
  return api.find({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" }, "", name);
}
