import { createPublicKey } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../../contracts/ledger.ts";
import { LedgerWriter, readLedger } from "../../../contracts/ledger-store.ts";
import { verifyLedger } from "../../../contracts/ledger-verify.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import type { FakeRequest } from "../../../contracts/testing/fake-server.ts";
import type { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import { ledgerBucket, startLedgerStore, testKey } from "../../../contracts/testing/ledgers.ts";
import { FakeCluster } from "../../testing/fake-cluster.ts";
import {
  digest,
  putHold,
  putJob,
  putModel,
  putRecord,
  putRoute,
  putServers,
} from "../../testing/served-model.ts";
import { watched, type Watched } from "./describe.ts";
import { Recorder } from "./recorder.ts";

/**
 * The recorder against what it is shown. That it is shown everything is `program.test.ts`; a real API server is end to
 * end.
 */
let s3: FakeS3;
let store: ObjectStore;
let cluster: FakeCluster;
beforeEach(async () => {
  ({ s3, store } = await startLedgerStore());
  cluster = new FakeCluster();
});
afterEach(() => s3.close());

const open = () =>
  LedgerWriter.open({ store, bucket: ledgerBucket, environment: "prod", key: testKey() });

async function start(): Promise<Recorder> {
  return new Recorder({ writer: await open(), environment: "prod", retryMs: 1 });
}

/** A look at everything, as a recorder does when it starts. */
function look(recorder: Recorder): void {
  for (const one of watched) {
    recorder.listed(one, cluster.seen(one.plural, one.labelSelector), new Date());
  }
}

function watcherOf(change: Watched["change"]): Watched {
  const found = watched.find((one) => one.change === change);
  if (found === undefined) throw new Error(`nothing watches ${change}`);
  return found;
}

/** Tells of an object's state now, as a watch does. */
function show(recorder: Recorder, change: Watched["change"]): void {
  const one = watcherOf(change);
  for (const object of cluster.seen(one.plural, one.labelSelector)) recorder.saw(one, object);
}

async function ledger(): Promise<LedgerEntry[]> {
  const stored = await readLedger(store, ledgerBucket);
  const options = { environment: "prod", publicKey: createPublicKey(testKey()) };
  const { entries, findings } = verifyLedger(stored, options);
  expect(findings).toEqual([]);
  return entries;
}

const weightsOf = ({ change }: LedgerEntry) =>
  change.kind === "traffic" ? [change.from?.weights, change.to?.weights] : undefined;

describe("the recorder", () => {
  it("writes what it finds first: admission, servers and traffic, each once", async () => {
    putModel(cluster);
    const recorder = await start();
    look(recorder);
    await recorder.settled();
    const entries = await ledger();
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
    putModel(cluster);
    const recorder = await start();
    look(recorder);
    const annotations = { "isotherm.dev/commit": "c0ffee", "isotherm.dev/deployer": "ada" };
    putRoute(cluster, { blue: 90, green: 10 }, { annotations, at: "2026-11-02T10:00:00Z" });
    show(recorder, "traffic");
    await recorder.settled();
    const last = (await ledger()).at(-1);
    expect(last && weightsOf(last)).toEqual([{ blue: 100 }, { blue: 90, green: 10 }]);
    expect(last).toMatchObject({
      at: "2026-11-02T10:00:00.000Z",
      seen: "live",
      by: { manager: "pulumi-kubernetes-0a1b2c3d", deployer: "ada", commit: "c0ffee" },
    });
  });

  it("does not put a deployment's commit down for what somebody changed with kubectl after it", async () => {
    const annotations = { "isotherm.dev/commit": "c0ffee", "isotherm.dev/deployer": "ada" };
    putRoute(cluster, { blue: 100 }, { annotations });
    const recorder = await start();
    look(recorder);
    putRoute(
      cluster,
      { blue: 0, green: 100 },
      { manager: "kubectl-edit", at: "2026-11-03T00:00:00Z" },
    );
    show(recorder, "traffic");
    await recorder.settled();
    expect((await ledger()).at(-1)?.by).toEqual({ manager: "kubectl-edit" });
  });

  it("writes shadows, holds and trainings, and that they end", async () => {
    putModel(cluster);
    const recorder = await start();
    look(recorder);
    putRoute(cluster, { blue: 100 }, { shadow: 50 });
    show(recorder, "traffic");
    putHold(cluster, digest("a"));
    show(recorder, "hold");
    putJob(cluster, "train-wine-1");
    show(recorder, "training");
    putJob(cluster, "train-wine-1", "Failed");
    show(recorder, "training");
    const [hold] = cluster.seen("configmaps", "isotherm.dev/hold");
    cluster.delete("configmaps", "hold-wine-aaaaaaaaaaaa");
    if (hold !== undefined) {
      const resourceVersion = "999";
      recorder.sawGone(watcherOf("hold"), {
        ...hold,
        metadata: { ...hold.metadata, resourceVersion },
      });
    }
    await recorder.settled();
    const entries = (await ledger()).slice(3);
    expect(entries.map(({ change }) => change)).toMatchObject([
      { kind: "traffic", to: { weights: { blue: 100 }, shadow: { slot: "shadow", percent: 50 } } },
      {
        kind: "hold",
        from: null,
        to: { release: digest("a"), reason: "too slow", by: "responder" },
      },
      { kind: "training", from: null, to: { phase: "running" } },
      { kind: "training", from: { phase: "running" }, to: { phase: "failed", reason: "Why" } },
      { kind: "hold", from: { release: digest("a") }, to: null },
    ]);
  });

  it("writes a rule that leads requests past the slots, though no weight changes", async () => {
    putRoute(cluster, { blue: 100 });
    const recorder = await start();
    look(recorder);
    putRoute(cluster, { blue: 100 }, { bypass: true, manager: "kubectl-edit" });
    show(recorder, "traffic");
    await recorder.settled();
    const last = (await ledger()).at(-1);
    expect(last && weightsOf(last)).toEqual([{ blue: 100 }, { blue: 100 }]);
    expect(last).toMatchObject({ sequence: 2, by: { manager: "kubectl-edit" } });
  });

  it("writes gRPC's shares beside HTTP's, and that one of the routes is gone", async () => {
    putRoute(cluster, { blue: 100 });
    const match = { method: {}, headers: [{ name: "x-isotherm-model", value: "wine" }] };
    const rules = [{ matches: [match], backendRefs: [{ name: "wine-blue", weight: 40 }] }];
    cluster.put("grpcroutes", "wine", { "isotherm.dev/model": "wine" }, { spec: { rules } });
    const recorder = await start();
    look(recorder);
    await recorder.settled();
    cluster.delete("httproutes", "wine");
    await new Promise((resolve) => setTimeout(resolve, 2));
    look(recorder);
    await recorder.settled();
    const entries = await ledger();
    expect(entries.map(({ object, change }) => [object.kind, change.to])).toMatchObject([
      ["HTTPRoute", { weights: { blue: 100 } }],
      ["GRPCRoute", { weights: { blue: 40 } }],
      ["HTTPRoute", null],
    ]);
  });

  it("writes a change that says nothing new nowhere: a status, another label, the same weights", async () => {
    putModel(cluster);
    const recorder = await start();
    look(recorder);
    for (let again = 0; again < 3; again++) {
      putRoute(cluster, { blue: 100 }, { annotations: { note: String(again) } });
      show(recorder, "traffic");
      look(recorder);
    }
    await recorder.settled();
    expect(await ledger()).toHaveLength(3);
  });

  it("does not say that a training is gone when its Job is swept up, and that the next one ran", async () => {
    putJob(cluster, "train-wine-1", "Complete");
    const recorder = await start();
    const lookNow = async () => {
      // A list that is older than an entry says nothing against it.
      await new Promise((resolve) => setTimeout(resolve, 2));
      look(recorder);
      await recorder.settled();
    };
    await lookNow();
    cluster.delete("jobs", "train-wine-1");
    await lookNow();
    putJob(cluster, "train-wine-1", "Complete");
    await lookNow();
    const phases = (await ledger()).map(({ change }) => change.to);
    expect(phases).toEqual([{ phase: "complete" }, { phase: "complete" }]);
  });

  it("when it starts again, finds what changed and what went while it was away, and writes nothing else", async () => {
    putModel(cluster);
    putRecord(cluster, digest("b"));
    putServers(cluster, "green", digest("b"));
    putRoute(cluster, { blue: 100, green: 0 });
    const first = await start();
    look(first);
    await first.settled();
    const before = (await ledger()).length;
    putRoute(cluster, { blue: 50, green: 50 });
    putRoute(cluster, { blue: 0, green: 100 }, { manager: "kubectl-patch" });
    cluster.delete("deployments", "wine-blue");
    const second = await start();
    look(second);
    await second.settled();
    const found = (await ledger()).slice(before);
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
    putModel(cluster);
    const recorders = await Promise.all([start(), start()]);
    for (const recorder of recorders) look(recorder);
    for (let step = 1; step <= 10; step++) {
      putRoute(cluster, { blue: 100 - step, green: step });
      for (const recorder of recorders) show(recorder, "traffic");
      if (step % 3 === 0) await recorders[step % 2]?.settled();
    }
    await Promise.all(recorders.map((recorder) => recorder.settled()));
    const weights = (await ledger()).flatMap((entry) => weightsOf(entry)?.[1]?.["green"] ?? []);
    expect(weights).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("a slow recorder does not write an old state over what a quicker one wrote", async () => {
    putRoute(cluster, { blue: 100 });
    const [quick, slow] = await Promise.all([start(), start()]);
    const [old] = cluster.seen("httproutes");
    show(quick, "traffic");
    putRoute(cluster, { blue: 0, green: 100 });
    show(quick, "traffic");
    await quick.settled();
    if (old !== undefined) slow.saw(watcherOf("traffic"), old);
    await slow.settled();
    expect(await ledger()).toHaveLength(2);
  });

  it("an object that makes no sense is written down as it is, and keeps nothing up", async () => {
    cluster.put("httproutes", "odd", {}, { spec: { rules: "none" } });
    cluster.put(
      "deployments",
      "wine-blue",
      {
        "isotherm.dev/model": "wine",
        "isotherm.dev/slot": "blue",
      },
      { spec: 7 },
    );
    cluster.put(
      "configmaps",
      "hold-x",
      { "isotherm.dev/hold": "x" },
      { data: { reason: "because" } },
    );
    const recorder = await start();
    look(recorder);
    await recorder.settled();
    expect((await ledger()).map(({ change }) => change)).toMatchObject([
      { kind: "hold", to: { release: "", reason: "because" } },
      { kind: "slot", to: { release: null, image: null } },
      { kind: "traffic", to: { weights: {} } },
    ]);
  });

  it("a store that is away for a while delays entries and loses none", async () => {
    putModel(cluster);
    const recorder = await start();
    s3.weather = { strike: () => ({ status: 503 }) };
    look(recorder);
    putRoute(cluster, { blue: 30, green: 70 });
    show(recorder, "traffic");
    putRoute(cluster, { blue: 100, green: 0 });
    show(recorder, "traffic");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(recorder.waiting).toBeGreaterThan(0);
    s3.weather = {};
    await recorder.settled();
    expect(recorder.waiting).toBe(0);
    const blue = (await ledger()).flatMap((entry) => weightsOf(entry)?.[1]?.["blue"] ?? []);
    expect(blue).toEqual([100, 30, 100]);
  });
});

describe("a recorder that is killed at any request of any append", () => {
  /** What becomes of the request at which it dies. */
  const ends = {
    "before it is done": () => undefined,
    "after it is done": ({ path, body }: FakeRequest) => void s3.objects.set(path, body),
  };
  const requests = Array.from({ length: 8 }, (_, index) => index + 1);

  it.each(Object.keys(ends).flatMap((end) => requests.map((number) => [end, number] as const)))(
    "%s, at write %i: the next one completes the ledger, and writes nothing twice",
    async (end, number) => {
      putModel(cluster);
      const recorder = await start();
      let writes = 0;
      s3.weather = {
        strike: (request) => {
          if (request.method !== "PUT" || ++writes < number) return undefined;
          if (writes === number) ends[end as keyof typeof ends](request);
          return "drop";
        },
      };
      look(recorder);
      putRoute(cluster, { blue: 90, green: 10 });
      show(recorder, "traffic");
      while (writes < number) await new Promise((resolve) => setTimeout(resolve, 1));
      await recorder.stop();
      s3.weather = {};

      const next = await start();
      look(next);
      await next.settled();
      const entries = await ledger();
      const states = entries.map(({ change }) => JSON.stringify([change.kind, change.to]));
      expect(new Set(states).size).toBe(states.length);
      const last = entries.at(-1);
      expect(last && weightsOf(last)?.[1]).toEqual({ blue: 90, green: 10 });
      expect(entries.filter(({ change }) => change.kind === "slot")).toHaveLength(1);
    },
  );
});
