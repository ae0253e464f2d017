import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecorderRig, watcherOf, weightsOf } from "../../testing/recorder-rig.ts";
import {
  digest,
  putHold,
  putJob,
  putModel,
  putRecord,
  putRoute,
  putServers,
} from "../../testing/served-model.ts";

/**
 * The recorder against what it is shown. That it is shown everything is `program.test.ts`; a real API server is end to
 * end.
 */
let rig: RecorderRig;
beforeEach(async () => {
  rig = await RecorderRig.make();
});
afterEach(() => rig.s3.close());

describe("the recorder", () => {
  it("writes what it finds first: admission, servers and traffic, each once", async () => {
    putModel(rig.cluster);
    const recorder = await rig.start();
    rig.look(recorder);
    await recorder.settled();
    const entries = await rig.ledger();
    expect(entries.map(({ change, seen }) => [change.kind, seen])).toEqual([
      ["admission", "found"],
      ["slot", "found"],
      ["traffic", "found"],
    ]);
    expect(entries[0]?.change).toMatchObject({
      to: { release: digest("a"), version: "3" },
      evidence: {
        verdict: { passed: true },
        admission: { admittedAt: "2026-11-01T09:00:00.000Z" },
      },
    });
    expect(entries[0]?.by).toMatchObject({ deployer: "ada", commit: "c0ffee" });
    expect(entries[2]?.change).toMatchObject({
      from: null,
      to: { weights: { blue: 100 } },
      releases: { blue: { release: digest("a"), admittedIn: 1 } },
    });
  });

  it("writes a change of weights from what it was to what it is, with who, when and which commit", async () => {
    putModel(rig.cluster);
    const recorder = await rig.start();
    rig.look(recorder);
    const annotations = { "isotherm.dev/commit": "c0ffee", "isotherm.dev/deployer": "ada" };
    putRoute(rig.cluster, { blue: 90, green: 10 }, { annotations, at: "2026-11-02T10:00:00Z" });
    rig.show(recorder, "traffic");
    await recorder.settled();
    const last = (await rig.ledger()).at(-1);
    expect(last && weightsOf(last)).toEqual([{ blue: 100 }, { blue: 90, green: 10 }]);
    expect(last).toMatchObject({
      at: "2026-11-02T10:00:00.000Z",
      seen: "live",
      by: { manager: "pulumi-kubernetes-0a1b2c3d", deployer: "ada", commit: "c0ffee" },
    });
  });

  it("does not put a deployment's commit down for what somebody changed with kubectl after it", async () => {
    const annotations = { "isotherm.dev/commit": "c0ffee", "isotherm.dev/deployer": "ada" };
    putRoute(rig.cluster, { blue: 100 }, { annotations });
    const recorder = await rig.start();
    rig.look(recorder);
    putRoute(
      rig.cluster,
      { blue: 0, green: 100 },
      { manager: "kubectl-edit", at: "2026-11-03T00:00:00Z" },
    );
    rig.show(recorder, "traffic");
    await recorder.settled();
    expect((await rig.ledger()).at(-1)?.by).toEqual({ manager: "kubectl-edit" });
  });

  it("writes shadows, holds and trainings, and that they end", async () => {
    putModel(rig.cluster);
    const recorder = await rig.start();
    rig.look(recorder);
    putRoute(rig.cluster, { blue: 100 }, { shadow: 50 });
    rig.show(recorder, "traffic");
    putHold(rig.cluster, digest("a"));
    rig.show(recorder, "hold");
    putJob(rig.cluster, "train-wine-1");
    rig.show(recorder, "training");
    putJob(rig.cluster, "train-wine-1", "Failed");
    rig.show(recorder, "training");
    const [hold] = rig.cluster.seen("configmaps", "isotherm.dev/hold");
    rig.cluster.delete("configmaps", "hold-wine-aaaaaaaaaaaa");
    if (hold !== undefined) {
      const resourceVersion = "999";
      recorder.sawGone(watcherOf("hold"), {
        ...hold,
        metadata: { ...hold.metadata, resourceVersion },
      });
    }
    await recorder.settled();
    const entries = (await rig.ledger()).slice(3);
    expect(entries.map(({ change }) => change)).toMatchObject([
      { kind: "traffic", to: { weights: { blue: 100 }, shadow: { slot: "shadow", percent: 50 } } },
      {
        kind: "hold",
        from: null,
        to: { release: digest("a"), reason: "too slow", by: "responder" },
      },
      { kind: "training", from: null, to: { phase: "running" }, commit: "c0ffee" },
      {
        kind: "training",
        from: { phase: "running" },
        to: { phase: "failed", reason: "Why" },
        commit: "c0ffee",
      },
      { kind: "hold", from: { release: digest("a") }, to: null },
    ]);
  });

  it("writes a rule that leads requests past the slots, though no weight changes", async () => {
    putRoute(rig.cluster, { blue: 100 });
    const recorder = await rig.start();
    rig.look(recorder);
    putRoute(rig.cluster, { blue: 100 }, { bypass: true, manager: "kubectl-edit" });
    rig.show(recorder, "traffic");
    await recorder.settled();
    const last = (await rig.ledger()).at(-1);
    expect(last && weightsOf(last)).toEqual([{ blue: 100 }, { blue: 100 }]);
    expect(last).toMatchObject({ sequence: 2, by: { manager: "kubectl-edit" } });
  });

  it("writes gRPC's shares beside HTTP's, and that one of the routes is gone", async () => {
    putRoute(rig.cluster, { blue: 100 });
    const match = { method: {}, headers: [{ name: "x-isotherm-model", value: "wine" }] };
    const rules = [{ matches: [match], backendRefs: [{ name: "wine-blue", weight: 40 }] }];
    rig.cluster.put("grpcroutes", "wine", { "isotherm.dev/model": "wine" }, { spec: { rules } });
    const recorder = await rig.start();
    rig.look(recorder);
    await recorder.settled();
    rig.cluster.delete("httproutes", "wine");
    await new Promise((resolve) => setTimeout(resolve, 2));
    rig.look(recorder);
    await recorder.settled();
    const entries = await rig.ledger();
    expect(entries.map(({ object, change }) => [object.kind, change.to])).toMatchObject([
      ["HTTPRoute", { weights: { blue: 100 } }],
      ["GRPCRoute", { weights: { blue: 40 } }],
      ["HTTPRoute", null],
    ]);
  });

  it("writes a change that says nothing new nowhere: a status, another label, the same weights", async () => {
    putModel(rig.cluster);
    const recorder = await rig.start();
    rig.look(recorder);
    for (let again = 0; again < 3; again++) {
      putRoute(rig.cluster, { blue: 100 }, { annotations: { note: String(again) } });
      rig.show(recorder, "traffic");
      rig.look(recorder);
    }
    await recorder.settled();
    expect(await rig.ledger()).toHaveLength(3);
  });

  it("does not say that a training is gone when its Job is swept up, and that the next one ran", async () => {
    putJob(rig.cluster, "train-wine-1", "Complete");
    const recorder = await rig.start();
    const lookNow = async () => {
      // A list that is older than an entry says nothing against it.
      await new Promise((resolve) => setTimeout(resolve, 2));
      rig.look(recorder);
      await recorder.settled();
    };
    await lookNow();
    rig.cluster.delete("jobs", "train-wine-1");
    await lookNow();
    putJob(rig.cluster, "train-wine-1", "Complete");
    await lookNow();
    const phases = (await rig.ledger()).map(({ change }) => change.to);
    expect(phases).toEqual([{ phase: "complete" }, { phase: "complete" }]);
  });

  it("when it starts again, finds what changed and what went while it was away, and writes nothing else", async () => {
    putModel(rig.cluster);
    putRecord(rig.cluster, digest("b"));
    putServers(rig.cluster, "green", digest("b"));
    putRoute(rig.cluster, { blue: 100, green: 0 });
    const first = await rig.start();
    rig.look(first);
    await first.settled();
    const before = (await rig.ledger()).length;
    putRoute(rig.cluster, { blue: 50, green: 50 });
    putRoute(rig.cluster, { blue: 0, green: 100 }, { manager: "kubectl-patch" });
    rig.cluster.delete("deployments", "wine-blue");
    const second = await rig.start();
    rig.look(second);
    await second.settled();
    const found = (await rig.ledger()).slice(before);
    expect(found.map(({ change, seen }) => [change.kind, seen])).toEqual([
      ["slot", "found"],
      ["traffic", "found"],
    ]);
    expect(found[0]?.change.to).toBeNull();
    expect(found[1] && weightsOf(found[1])).toEqual([
      { blue: 100, green: 0 },
      { blue: 0, green: 100 },
    ]);
    expect(found[1]?.by.manager).toBe("kubectl-patch");
  });

  it("two recorders of the same changes write each once, in one chain", async () => {
    putModel(rig.cluster);
    const recorders = await Promise.all([rig.start(), rig.start()]);
    for (const recorder of recorders) rig.look(recorder);
    for (let step = 1; step <= 10; step++) {
      putRoute(rig.cluster, { blue: 100 - step, green: step });
      for (const recorder of recorders) rig.show(recorder, "traffic");
      if (step % 3 === 0) await recorders[step % 2]?.settled();
    }
    await Promise.all(recorders.map((recorder) => recorder.settled()));
    const weights = (await rig.ledger()).flatMap((entry) => weightsOf(entry)?.[1]?.["green"] ?? []);
    expect(weights).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("a slow recorder does not write an old state over what a quicker one wrote", async () => {
    putRoute(rig.cluster, { blue: 100 });
    const [quick, slow] = await Promise.all([rig.start(), rig.start()]);
    const [old] = rig.cluster.seen("httproutes");
    rig.show(quick, "traffic");
    putRoute(rig.cluster, { blue: 0, green: 100 });
    rig.show(quick, "traffic");
    await quick.settled();
    if (old !== undefined) slow.saw(watcherOf("traffic"), old);
    await slow.settled();
    expect(await rig.ledger()).toHaveLength(2);
  });

  it("an object that makes no sense is written down as it is, and keeps nothing up", async () => {
    rig.cluster.put("httproutes", "odd", {}, { spec: { rules: "none" } });
    rig.cluster.put(
      "deployments",
      "wine-blue",
      {
        "isotherm.dev/model": "wine",
        "isotherm.dev/slot": "blue",
      },
      { spec: 7 },
    );
    rig.cluster.put(
      "configmaps",
      "hold-x",
      { "isotherm.dev/hold": "x" },
      { data: { reason: "because" } },
    );
    const recorder = await rig.start();
    rig.look(recorder);
    await recorder.settled();
    expect((await rig.ledger()).map(({ change }) => change)).toMatchObject([
      { kind: "hold", to: { release: "", reason: "because" } },
      { kind: "slot", to: { release: null, image: null } },
      { kind: "traffic", to: { weights: {} } },
    ]);
  });

  it("a store that is away for a while delays entries and loses none", async () => {
    putModel(rig.cluster);
    const recorder = await rig.start();
    rig.s3.weather = { strike: () => ({ status: 503 }) };
    rig.look(recorder);
    putRoute(rig.cluster, { blue: 30, green: 70 });
    rig.show(recorder, "traffic");
    putRoute(rig.cluster, { blue: 100, green: 0 });
    rig.show(recorder, "traffic");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(recorder.waiting).toBeGreaterThan(0);
    rig.s3.weather = {};
    await recorder.settled();
    expect(recorder.waiting).toBe(0);
    const blue = (await rig.ledger()).flatMap((entry) => weightsOf(entry)?.[1]?.["blue"] ?? []);
    expect(blue).toEqual([100, 30, 100]);
  });
});
