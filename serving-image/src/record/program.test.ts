import { createPublicKey } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pino } from "pino";
import { readLedger } from "../../../contracts/ledger-store.ts";
import { verifyLedger } from "../../../contracts/ledger-verify.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import type { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import { ledgerBucket, startLedgerStore, testKey } from "../../../contracts/testing/ledgers.ts";
import { FakeCluster } from "../../testing/fake-cluster.ts";
import { digest, putHold, putModel, putRoute, putServers } from "../../testing/served-model.ts";
import { RecorderProgram } from "./program.ts";
import type { RecorderSettings } from "./settings.ts";

/** The whole program against a fake API server and a fake S3, by HTTP. */
let s3: FakeS3;
let store: ObjectStore;
let cluster: FakeCluster;
const programs: RecorderProgram[] = [];
beforeEach(async () => {
  ({ s3, store } = await startLedgerStore());
  cluster = await new FakeCluster().listen();
  putModel(cluster);
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop();
  cluster.close();
  await s3.close();
});

async function start(change: Partial<RecorderSettings> = {}) {
  const settings: RecorderSettings = {
    environment: "prod",
    namespace: "isotherm-prod",
    objects: {
      endpoint: s3.url,
      region: "us-east-1",
      accessKeyId: "test",
      secretAccessKey: "test",
    },
    bucket: ledgerBucket,
    key: testKey(),
    host: "127.0.0.1",
    port: 0,
    lookMs: 60_000,
    logLevel: "silent",
    ...change,
  };
  const program = new RecorderProgram(settings, pino({ level: "silent" }));
  programs.push(program);
  const port = await program.start(cluster.kubeConfig());
  return { program, url: `http://127.0.0.1:${port}` };
}

async function changes(): Promise<string[]> {
  const stored = await readLedger(store, ledgerBucket);
  const options = { environment: "prod", publicKey: createPublicKey(testKey()) };
  const { entries, findings } = verifyLedger(stored, options);
  expect(findings).toEqual([]);
  return entries.map(({ change, seen }) => `${change.kind} ${seen}`);
}

const first = ["admission found", "slot found", "traffic found"];

describe("the recorder's program", () => {
  it("looks at everything, then hears of each change as it happens, deletions included", async () => {
    await start();
    expect(await changes()).toEqual(first);
    putServers(cluster, "green", digest("b"));
    await vi.waitFor(async () => expect(await changes()).toHaveLength(4));
    putRoute(cluster, { blue: 0, green: 100 });
    await vi.waitFor(async () => expect(await changes()).toHaveLength(5));
    putHold(cluster, digest("a"));
    await vi.waitFor(async () => expect(await changes()).toHaveLength(6));
    cluster.delete("configmaps", "hold-wine-aaaaaaaaaaaa");
    await vi.waitFor(async () =>
      expect(await changes()).toEqual([
        ...first,
        "slot live",
        "traffic live",
        "hold live",
        "hold live",
      ]),
    );
  });

  it("goes on where it was when a watch ends, without a new list", async () => {
    await start();
    const lists = () => cluster.requests.filter(({ watch }) => !watch).length;
    const before = lists();
    cluster.cut();
    putRoute(cluster, { blue: 10, green: 90 });
    await vi.waitFor(async () => expect(await changes()).toHaveLength(4), 5_000);
    expect((await changes()).at(-1)).toBe("traffic live");
    expect(lists()).toBe(before);
  });

  it("lists again where the API server has forgotten the place, and misses nothing", async () => {
    await start();
    cluster.forgotten = 1_000;
    putRoute(cluster, { blue: 100 });
    cluster.cut();
    cluster.delete("deployments", "wine-blue");
    cluster.put("httproutes", "other", {}, { spec: { rules: [] } });
    await vi.waitFor(async () => expect(await changes()).toHaveLength(5), 10_000);
  }, 20_000);

  it("tells where the ledger ends, that it is ready, and what it counts", async () => {
    const { url } = await start();
    const answer = async (path: string) => (await fetch(`${url}${path}`)).text();
    expect(JSON.parse(await answer("/head"))).toMatchObject({
      environment: "prod",
      end: { sequence: 3 },
    });
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    expect(await answer("/metrics")).toContain('ledger_entries_written_total{kind="slot"} 1');
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  it("waits for a bucket that is not there yet, alive and not ready", async () => {
    s3.buckets.clear();
    const started = start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(s3.objects.size).toBe(0);
    s3.buckets.add(ledgerBucket);
    await started;
    expect(await changes()).toEqual(first);
  });

  it("finds by its own look what no watch told it", async () => {
    await start({ lookMs: 100 });
    cluster.cut();
    cluster.forgotten = 1_000;
    cluster.delete("deployments", "wine-blue");
    await vi.waitFor(async () => expect(await changes()).toHaveLength(4), 5_000);
    expect((await changes()).at(-1)).toBe("slot found");
  });
});
