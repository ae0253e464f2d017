import { describe, expect, it } from "vitest";
import type { Properties } from "../../shared/values.ts";
import {
  judgeDaemonSet,
  judgeDeployment,
  judgeJob,
  judgePod,
  judgeStatefulSet,
} from "./workloads.ts";

const workload = (spec: Properties, status: Properties, generation = 2): Properties => ({
  metadata: { generation },
  spec,
  status: { observedGeneration: generation, ...status },
});

const progressing = (status: string, reason: string, message = "") => ({
  type: "Progressing",
  status,
  reason,
  message,
});
const available = { type: "Available", status: "True" };

describe("a Deployment", () => {
  const done = progressing("True", "NewReplicaSetAvailable");

  it("is not ready while its controller has not seen the change, whatever the old status says", () => {
    const stale = workload(
      { replicas: 1 },
      {
        observedGeneration: 1,
        updatedReplicas: 1,
        availableReplicas: 1,
        conditions: [done, available],
      },
    );
    expect(judgeDeployment(stale)).toMatchObject({ ready: false });
  });

  it("is ready once the new pods are available", () => {
    const status = { updatedReplicas: 2, availableReplicas: 2, conditions: [done, available] };
    expect(judgeDeployment(workload({ replicas: 2 }, status)).ready).toBe(true);
  });

  it("waits for a rollout that goes on, with the count of available pods", () => {
    const status = {
      updatedReplicas: 1,
      availableReplicas: 2,
      conditions: [progressing("True", "ReplicaSetUpdated"), available],
    };
    expect(judgeDeployment(workload({ replicas: 2 }, status)).message).toContain(
      "1/2 pods available",
    );
  });

  it("waits for more replicas even though no new rollout begins", () => {
    const status = { updatedReplicas: 3, availableReplicas: 1, conditions: [done, available] };
    expect(judgeDeployment(workload({ replicas: 3 }, status)).ready).toBe(false);
  });

  it("fails when the rollout exceeded its deadline", () => {
    const late = progressing("False", "ProgressDeadlineExceeded", "timed out progressing");
    expect(judgeDeployment(workload({ replicas: 1 }, { conditions: [late] })).failure).toBe(
      "the rollout stopped: ProgressDeadlineExceeded: timed out progressing",
    );
  });

  it("shows why no pods are made", () => {
    const quota = {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: "quota",
    };
    const verdict = judgeDeployment(workload({ replicas: 1 }, { conditions: [quota] }));
    expect(verdict).toMatchObject({
      ready: false,
      message: "0/1 pods available; FailedCreate: quota",
    });
  });

  it("without a progress deadline does not count old pods that are still there", () => {
    const status = { updatedReplicas: 1, availableReplicas: 1, conditions: [available] };
    expect(judgeDeployment(workload({ replicas: 1 }, { ...status, replicas: 2 })).ready).toBe(
      false,
    );
    expect(judgeDeployment(workload({ replicas: 1 }, { ...status, replicas: 1 })).ready).toBe(true);
  });

  it("is ready at once with no replicas, and when paused", () => {
    expect(
      judgeDeployment(workload({ replicas: 0 }, { conditions: [done, available] })).ready,
    ).toBe(true);
    expect(judgeDeployment(workload({ replicas: 1, paused: true }, {})).ready).toBe(true);
  });
});

describe("a StatefulSet", () => {
  const revisions = (current: string, update: string) => ({
    currentRevision: current,
    updateRevision: update,
  });

  it("is ready once all pods are ready and of the new revision", () => {
    const status = { replicas: 2, readyReplicas: 2, ...revisions("b", "b") };
    expect(judgeStatefulSet(workload({ replicas: 2 }, status)).ready).toBe(true);
  });

  it("waits for pods, then for the revision", () => {
    const few = { replicas: 2, readyReplicas: 1, ...revisions("b", "b") };
    expect(judgeStatefulSet(workload({ replicas: 2 }, few)).message).toContain("1/2 pods ready");
    const old = { replicas: 2, readyReplicas: 2, updatedReplicas: 1, ...revisions("a", "b") };
    expect(judgeStatefulSet(workload({ replicas: 2 }, old)).message).toContain("1/2 pods updated");
  });

  it("does not wait for pods that a partition or OnDelete holds back", () => {
    const old = { replicas: 3, readyReplicas: 3, updatedReplicas: 1, ...revisions("a", "b") };
    const partition = {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } },
    };
    expect(judgeStatefulSet(workload({ replicas: 3, ...partition }, old)).ready).toBe(true);
    const onDelete = { updateStrategy: { type: "OnDelete" } };
    expect(judgeStatefulSet(workload({ replicas: 3, ...onDelete }, old)).ready).toBe(true);
    expect(judgeStatefulSet(workload({ replicas: 3 }, old)).ready).toBe(false);
  });
});

describe("a DaemonSet", () => {
  it("is ready once every node that wants one has a new, available pod", () => {
    const status = { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 };
    expect(judgeDaemonSet(workload({}, status)).ready).toBe(true);
    expect(judgeDaemonSet(workload({}, { ...status, numberAvailable: 1 })).ready).toBe(false);
    expect(judgeDaemonSet(workload({}, { desiredNumberScheduled: 0 })).ready).toBe(true);
  });
});

describe("a Job", () => {
  it("is ready once complete", () => {
    expect(judgeJob({ status: { conditions: [{ type: "Complete", status: "True" }] } }).ready).toBe(
      true,
    );
    expect(judgeJob({ status: { active: 1 } }).message).toContain(
      "1 active, 0 succeeded, 0 failed",
    );
  });

  it("fails with the reason it gives", () => {
    const failed = {
      type: "Failed",
      status: "True",
      reason: "BackoffLimitExceeded",
      message: "too often",
    };
    expect(judgeJob({ status: { conditions: [failed] } }).failure).toBe(
      "the Job failed: BackoffLimitExceeded: too often",
    );
  });

  it("is not waited for while suspended", () => {
    expect(judgeJob({ spec: { suspend: true } }).ready).toBe(true);
  });
});

describe("a Pod", () => {
  it("is ready when it says so or has done its work", () => {
    expect(judgePod({ status: { conditions: [{ type: "Ready", status: "True" }] } }).ready).toBe(
      true,
    );
    expect(judgePod({ status: { phase: "Succeeded" } }).ready).toBe(true);
    expect(judgePod({ status: { phase: "Running" } }).ready).toBe(false);
    expect(judgePod({ status: { phase: "Failed", reason: "Evicted" } }).failure).toContain(
      "Evicted",
    );
  });
});
