// What befalls prod while 200 requests a second come through its gateway, from the first to the last of these tests: its
// servers go in every way, a release that dev trains meanwhile takes over step by step and is taken back, and dev itself
// is destroyed, so that the chapters after this one do without it. Does not prove the same of a cluster of several nodes,
// nor of another gateway than the bundled one.
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headers } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { readTrained, register } from "./crafted.ts";
import { Slot } from "./disruptions.ts";
import { killTree } from "./kill-tree.ts";
import type { Answer } from "./load/job.ts";
import { Load } from "./load/load.ts";
import { RouteLog } from "./load/route-log.ts";
import {
  countBySlot,
  describe as lines,
  failed,
  graceMs,
  releasesBySlot,
  withoutWeight,
} from "./load/verdict.ts";
import { withPlace } from "./place.ts";
import {
  askWine,
  kubeconfig,
  obstacle,
  outcome,
  shell,
  type StackOutputs,
  stackOutputs,
  suiteTitle,
  wineRow,
} from "./platform.ts";
import { editStack, setIn } from "./stack-files.ts";
import { up } from "./travel.ts";

const rate = 200;
const upLine = (stack: string) =>
  `pulumi up --stack ${stack} --yes --skip-preview --non-interactive --color never`;
const promoteAt = (words: string) => shell(`npm run -s promote -- wine ${words} --tolerance 0.05`);
const models = ["isotherm:models", "wine"];
/** What the gateway says where a server went that had been given the request. */
const lost =
  "upstream connect error or disconnect/reset before headers. reset reason: connection termination";
const now = () => performance.timeOrigin + performance.now();

describe.skipIf(obstacle() !== undefined)(suiteTitle("prod under load"), () => {
  let prod: StackOutputs;
  let load: Load;
  let route: RouteLog;
  let blue: Slot;
  let first: string;
  /** Digest of the release that dev trains meanwhile and staging passes on. */
  let newer: Promise<string>;

  beforeAll(async () => {
    prod = await stackOutputs("prod");
    first = prod.models["wine"]?.release ?? "";
    blue = new Slot(prod.namespace, "wine", "blue");
    await blue.whole();
    const cluster = new KubeConfig();
    cluster.loadFromFile(kubeconfig);
    route = await RouteLog.open(cluster, prod.namespace, "wine");
    load = new Load({
      url: `${prod.models["wine"]?.url}/predict`,
      headers: { "content-type": "application/json", [headers.apiKey]: prod.apiKey },
      body: JSON.stringify({ instances: [wineRow] }),
      rate,
    });
    newer = trainAndStage();
    newer.catch(() => undefined);
  });

  afterAll(async () => {
    await load?.stop();
    route?.close();
  });

  /** dev trains with another parameter, and staging serves what came of it. */
  async function trainAndStage(): Promise<string> {
    setIn("dev", ["isotherm:training", "wine", "params", "steps"], 400);
    await up("dev");
    const release = (await stackOutputs("dev")).models["wine"]?.release ?? "";
    await promoteAt("--to staging --weight 100");
    await up("staging");
    return release;
  }

  /** What was answered from a moment on, until now, with nothing left on its way. */
  async function since(from: number) {
    const until = now();
    await sleep(200);
    return load.answers.filter(({ sentAt }) => sentAt >= from && sentAt < until);
  }

  async function expectNoneFailed(work: () => Promise<unknown>): Promise<void> {
    const from = now();
    await work();
    const answers = await since(from);
    expectLoad(answers, from);
    expect(lines(failed(answers))).toEqual([]);
  }

  /** A busy machine sends less than it should; what is shown must still be shown under load. */
  function expectLoad(answers: readonly Answer[], from: number): void {
    expect((1_000 * answers.length) / (now() - from)).toBeGreaterThan(rate / 2);
  }

  test("N-01 servers that are deleted one by one fail no request", () =>
    expectNoneFailed(() => blue.deletePods()));

  test("N-01 a drain of their node fails no request", () => expectNoneFailed(() => blue.drain()));

  test("N-01 new servers that take the place of those with all requests fail none", () =>
    expectNoneFailed(async () => {
      const before = await blue.pods();
      setIn("prod", [...models, "resources"], { cpu: "25m" });
      await up("prod");
      const uids = new Set((await blue.pods()).map(({ uid }) => uid));
      expect(uids.size).toBe(before.length);
      for (const { uid } of before) expect(uids).not.toContain(uid);
    }));

  test("N-01 a server that is killed fails at most the requests that it had been given", async () => {
    const from = now();
    await blue.killOne();
    const answers = await since(from);
    expectLoad(answers, from);
    expect(lines(failed(answers).filter(({ error }) => error !== lost))).toEqual([]);
  });

  test("G-13 a release that dev trained anew gets its ramp's first step in prod, through an `up` that is killed on its way", () =>
    expectNoneFailed(async () => {
      const release = await newer;
      expect(release).not.toBe(first);
      expect((await stackOutputs("staging")).models["wine"]?.release).toBe(release);
      setIn("prod", [...models, "ramp"], { weights: [10, 100], bake: "30s" });
      expect(await promoteAt("--to prod")).toContain("from staging, copied to prod");

      let pid = 0;
      let hasEnded = false;
      const killed = outcome(upLine("prod"), { started: (id) => (pid = id) });
      void killed.then(() => (hasEnded = true));
      const green = `kubectl -n ${prod.namespace} get deployment wine-green -o name`;
      while (!hasEnded && (await outcome(green)).exitCode !== 0) await sleep(200);
      expect(hasEnded).toBe(false);
      killTree(pid);
      await killed;
      expect(route.states.at(-1)?.weights).toEqual({ blue: 100 });

      await outcome("pulumi cancel --stack prod --yes --non-interactive");
      await up("prod");
      expect(route.states.at(-1)).toMatchObject({ weights: { blue: 90, green: 10 } });
      expect(await shell("npm run -s ramp -- wine --env prod")).toContain("keeps 10 % for another");
      const shared = now() + graceMs;
      await sleep(graceMs + 8_000);
      const counts = countBySlot(await since(shared), shared);
      const [blues = 0, greens = 0] = [counts["blue"], counts["green"]];
      expect(blues + greens).toBeGreaterThan(1_000);
      // 1,600 requests at a tenth: five standard deviations are 3.75 points.
      expect(Math.abs(greens / (blues + greens) - 0.1)).toBeLessThan(0.0375);
    }));

  test("G-12 G-13 all of prod goes to it by the ramp's next step, and back by another edit", () =>
    expectNoneFailed(async () => {
      const step = () => shell("npm run -s ramp -- wine --env prod --apply");
      while ((await step()).includes("keeps 10 %")) await sleep(1_000);
      expect(route.states.at(-1)).toMatchObject({ weights: { blue: 0, green: 100 } });
      await shell("npm run -s rollback -- wine --env prod");
      expect(route.states.at(-1)).toMatchObject({ weights: { blue: 100, green: 0 } });
      const preview = "pulumi preview --stack prod --expect-no-changes --non-interactive";
      expect(await shell(preview)).toMatch(/\d+ unchanged/);
    }));

  test("G-12 the slot without requests takes a third release, which answers those alone who ask for it, leaves and comes back", () =>
    expectNoneFailed(async () => {
      const third = await withPlace("prod", prod.namespace, async (place) => {
        const trained = await readTrained(place, first);
        const change = (evidence: object) => ({ ...evidence, trainedAt: new Date().toISOString() });
        return (await register(place, trained, "wine", change)).digest;
      });
      // It was scored beside nothing: nobody trained it.
      const green = { release: shortDigest(third), weight: 0, compare: "off" };
      setIn("prod", [...models, "green"], green);
      await up("prod");
      const response = await askWine(prod, prod.apiKey, "wine", { [headers.routeSlot]: "green" });
      expect(response.status).toBe(200);
      expect(response.headers.get(headers.release)).toBe(third);

      editStack("prod", (document) => document.deleteIn(["config", ...models, "green"]));
      await up("prod");
      expect(await shell("npm run -s releases -- list --stack prod")).toContain(shortDigest(third));
      setIn("prod", [...models, "green"], green);
      await up("prod");
      expect((await stackOutputs("prod")).models["wine"]?.release).toBe(first);
    }));

  test("destroying dev leaves the cluster, staging and prod serving", () =>
    expectNoneFailed(async () => {
      await shell("pulumi destroy --stack dev --yes --skip-preview --non-interactive");
      expect((await askWine(await stackOutputs("staging"))).status).toBe(200);
      const preview = await shell(
        "pulumi preview --stack cluster --expect-no-changes --non-interactive",
      );
      expect(preview).toMatch(/\d+ unchanged/);
      const namespaces = await shell("kubectl get namespaces -o name");
      expect(namespaces).not.toContain("namespace/isotherm-dev");
    }));

  test("N-01 all the while nobody was answered by a release without weight", async () => {
    const answers = await load.stop();
    const states = route.close();
    expect(states.map(({ weights }) => weights)).toEqual([
      { blue: 100 },
      { blue: 90, green: 10 },
      { blue: 0, green: 100 },
      { blue: 100, green: 0 },
      { blue: 100 },
      { blue: 100, green: 0 },
    ]);
    expect(states.every(({ acceptedAt }) => acceptedAt !== undefined)).toBe(true);
    expect(lines(withoutWeight(answers, states))).toEqual([]);
    expect(releasesBySlot(answers)).toEqual({ blue: [first], green: [await newer] });
  });
});
