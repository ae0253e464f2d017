import type { Properties } from "../../shared/values.ts";
import { at, isProperties, numberAt, objectsAt, textAt } from "../../shared/values.ts";
import { condition, explain } from "./verdict.ts";

/** The label selector of a workload, as a query of the API server. */
export function selectorQuery(selector: Properties): string {
  const labels = at(selector, "matchLabels");
  const equalities = isProperties(labels)
    ? Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`)
    : [];
  const expressions = objectsAt(selector, "matchExpressions").map((expression) => {
    const key = textAt(expression, "key");
    const values = Array.isArray(expression["values"]) ? expression["values"].join(",") : "";
    switch (textAt(expression, "operator")) {
      case "In":
        return `${key} in (${values})`;
      case "NotIn":
        return `${key} notin (${values})`;
      case "DoesNotExist":
        return `!${key}`;
      default:
        return key;
    }
  });
  return [...equalities, ...expressions].join(",");
}

export function isOwnedBy(object: Properties, owner: Properties): boolean {
  const uid = textAt(owner, "metadata", "uid");
  return objectsAt(object, "metadata", "ownerReferences").some((entry) => entry["uid"] === uid);
}

// Reasons for waiting that are part of every start.
const harmless: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing", ""]);

/** What keeps pods from being ready, one line each: images, crashes, scheduling. Pods that merely start say nothing. */
export function podProblems(pods: readonly Properties[]): string[] {
  const problems = pods.flatMap((pod) => {
    const name = textAt(pod, "metadata", "name");
    const containers = [
      ...objectsAt(pod, "status", "initContainerStatuses"),
      ...objectsAt(pod, "status", "containerStatuses"),
    ];
    const lines = containers.map(containerProblem).filter((line) => line !== "");
    const scheduled = condition(pod, "PodScheduled");
    if (textAt(scheduled, "status") === "False") lines.push(explain(scheduled));
    if (textAt(pod, "status", "phase") === "Failed" && lines.length === 0) {
      lines.push(explain(pod["status"] as Properties) || "the pod failed");
    }
    return lines.map((line) => `pod ${name}: ${line}`);
  });
  return [...new Set(problems)];
}

function containerProblem(status: Properties): string {
  const name = textAt(status, "name");
  const reason = textAt(status, "state", "waiting", "reason");
  if (!harmless.has(reason)) {
    const message = textAt(status, "state", "waiting", "message");
    const last = exit(at(status, "lastState", "terminated"));
    return `container ${name}: ${[reason, message].filter(Boolean).join(": ")}${last && `; last ${last}`}`;
  }
  const ended = exit(at(status, "state", "terminated"));
  return ended && `container ${name} ${ended}`;
}

function exit(terminated: unknown): string {
  if (!isProperties(terminated as Properties | undefined)) return "";
  const state = terminated as Properties;
  const code = numberAt(state, "exitCode") ?? 0;
  if (code === 0) return "";
  const detail = [textAt(state, "reason"), textAt(state, "message")].filter(Boolean).join(": ");
  return `exited with code ${code}${detail && ` (${detail})`}`;
}
