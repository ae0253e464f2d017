import type { Properties } from "../../shared/values.ts";
import { at, numberAt, textAt } from "../../shared/values.ts";
import type { Verdict } from "./verdict.ts";
import { condition, conditionIs, explain, failed, ready, waiting } from "./verdict.ts";

/** Whether the controller has seen the newest generation; before that the status speaks of an older one. */
function observed(object: Properties): boolean {
  const generation = numberAt(object, "metadata", "generation") ?? 0;
  return (numberAt(object, "status", "observedGeneration") ?? 0) >= generation;
}

/** Ready once the newest generation is rolled out and available. */
export function judgeDeployment(deployment: Properties): Verdict {
  if (!observed(deployment))
    return waiting("waiting for the Deployment controller to see the change");
  if (at(deployment, "spec", "paused") === true) return ready;
  const wanted = numberAt(deployment, "spec", "replicas") ?? 1;
  const updated = numberAt(deployment, "status", "updatedReplicas") ?? 0;
  const available = numberAt(deployment, "status", "availableReplicas") ?? 0;

  const progressing = condition(deployment, "Progressing");
  if (textAt(progressing, "status") === "False") {
    return failed(`the rollout stopped: ${explain(progressing)}`);
  }
  const blocked = condition(deployment, "ReplicaFailure");
  const count = `${Math.min(updated, available)}/${wanted} pods available`;
  if (textAt(blocked, "status") === "True") return waiting(`${count}; ${explain(blocked)}`);

  // A finished rollout says so; a change of the replica count alone makes no new ReplicaSet and is seen in the numbers.
  // Without a deadline there is no such condition: then no old pod may be left among those counted as available.
  const rolledOut =
    progressing === undefined
      ? (numberAt(deployment, "status", "replicas") ?? 0) <= updated
      : textAt(progressing, "reason") === "NewReplicaSetAvailable";
  const done =
    rolledOut &&
    updated >= wanted &&
    available >= wanted &&
    conditionIs(deployment, "Available", "True");
  return done ? ready : waiting(`waiting for the rollout (${count})`);
}

export function judgeStatefulSet(set: Properties): Verdict {
  if (!observed(set)) return waiting("waiting for the StatefulSet controller to see the change");
  const wanted = numberAt(set, "spec", "replicas") ?? 1;
  const status = (field: string): number => numberAt(set, "status", field) ?? 0;
  const readyPods = status("readyReplicas");
  const count = `${readyPods}/${wanted} pods ready`;
  if (status("replicas") !== wanted || readyPods !== wanted) {
    return waiting(`waiting for the pods of the StatefulSet (${count})`);
  }
  // With OnDelete it is the user who replaces pods, when they choose.
  if (textAt(set, "spec", "updateStrategy", "type") === "OnDelete") return ready;
  const current = textAt(set, "status", "currentRevision");
  const update = textAt(set, "status", "updateRevision");
  if (current === update) return ready;
  const partition = numberAt(set, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const updated = status("updatedReplicas");
  if (partition > 0 && updated >= wanted - partition) return ready;
  return waiting(`waiting for the update to roll out (${updated}/${wanted} pods updated)`);
}

export function judgeDaemonSet(set: Properties): Verdict {
  if (!observed(set)) return waiting("waiting for the DaemonSet controller to see the change");
  const wanted = numberAt(set, "status", "desiredNumberScheduled") ?? 0;
  const updated = numberAt(set, "status", "updatedNumberScheduled") ?? 0;
  const available = numberAt(set, "status", "numberAvailable") ?? 0;
  if (textAt(set, "spec", "updateStrategy", "type") === "OnDelete" && available >= wanted) {
    return ready;
  }
  if (updated >= wanted && available >= wanted) return ready;
  return waiting(
    `waiting for the rollout (${Math.min(updated, available)}/${wanted} pods available)`,
  );
}

/** Ready once the Job is complete: a program may then rely on what it did. */
export function judgeJob(job: Properties): Verdict {
  if (conditionIs(job, "Complete", "True")) return ready;
  const failure = condition(job, "Failed");
  if (textAt(failure, "status") === "True") return failed(`the Job failed: ${explain(failure)}`);
  // Somebody else (a queue, a person) decides when a suspended Job runs.
  if (at(job, "spec", "suspend") === true) return ready;
  const active = numberAt(job, "status", "active") ?? 0;
  const succeeded = numberAt(job, "status", "succeeded") ?? 0;
  const failures = numberAt(job, "status", "failed") ?? 0;
  const tally = `${active} active, ${succeeded} succeeded, ${failures} failed`;
  return waiting(`waiting for the Job to complete (${tally})`);
}

export function judgePod(pod: Properties): Verdict {
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || conditionIs(pod, "Ready", "True")) return ready;
  if (phase === "Failed") {
    return failed(`the pod failed: ${explain(at(pod, "status") as Properties)}`);
  }
  return waiting(`waiting for the pod to be ready (${phase || "Pending"})`);
}
