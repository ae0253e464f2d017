import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRandom } from "../engine/random.ts";
import { dyingFetch } from "../testing/dying-fetch.ts";
import { FakePlatform } from "../testing/platform.ts";
import { stubData } from "../testing/stub-workload.ts";
import { sweepConfig, sweptWorkload } from "../testing/sweep.ts";
import { BadInputError, DivergedError } from "../workloads/errors.ts";
import { StoppedError } from "../run/with-run.ts";
import type { Workload } from "../workloads/workload.ts";
import { runTrial } from "./run-trial.ts";
import { sweepTags } from "./trial.ts";

/** K-10 Pods of one study against fakes of the registry and the object store, in this process and without a network. */
let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const read = async () => stubData;
const direct = (around: (ask: typeof fetch) => typeof fetch = (ask) => ask) =>
  platform.services({ fetch: around(platform.direct) });
const renew = async () => {
  const fresh = await new FakePlatform().start();
  await platform.stop();
  platform = fresh;
};
interface Pod {
  services?: ReturnType<FakePlatform["services"]>;
  workload?: Workload;
  study?: Parameters<typeof sweepConfig>[1];
}
const pod = (index: number, { services, workload = sweptWorkload(), study = {} }: Pod = {}) =>
  runTrial(services ?? direct(), sweepConfig(platform, study), index, workload, read);

const allRuns = () => [...platform.mlflow.runs.values()];
const trialRuns = () => allRuns().filter(({ tags }) => tags.has(sweepTags.trial));
/** Pods that start at once may make several; the one that they agree on is the parent of every trial. */
const studyRun = () => {
  const parents = new Set(trialRuns().map(({ tags }) => tags.get(sweepTags.parent)!));
  expect(parents.size).toBe(1);
  return platform.mlflow.runs.get([...parents][0]!)!;
};
const runOf = (index: number) =>
  trialRuns().find(({ tags }) => tags.get(sweepTags.trial) === String(index))!;
const errorOf = (run: ReturnType<typeof runOf>) =>
  [...run.metrics.values()].find(({ key }) => key === "error")!.value;

/** One version, of the best trial; every trial has one run and a state; the study is finished. */
function expectOneBest(trials = 6) {
  const versions = platform.mlflow.versions("demo");
  expect(versions).toHaveLength(1);
  const states = trialRuns().filter(({ tags }) => tags.has(sweepTags.state));
  expect(states).toHaveLength(trials);
  const complete = states.filter(({ tags }) => tags.get(sweepTags.state) === "complete");
  const best = complete.toSorted((a, b) => Number(errorOf(a)) - Number(errorOf(b)))[0]!;
  expect(versions[0]!.run_id).toBe(best.info.run_id);
  const aliases = platform.mlflow.models.get("demo")!.aliases;
  expect(aliases.get("candidate")).toBe(versions[0]!.version);
  expect(studyRun().info.status).toBe("FINISHED");
  expect(studyRun().tags.get(sweepTags.best)).toBe(best.tags.get(sweepTags.trial));
  expect(allRuns().filter(({ info }) => info.status === "RUNNING")).toEqual([]);
}

describe("a sweep", () => {
  it("runs each trial once, as a child of the study, and the last pod registers the best", async () => {
    for (let index = 0; index < 5; index++) expect(await pod(index)).toBeUndefined();
    expect(platform.mlflow.versions("demo")).toEqual([]);
    expect(await pod(5)).toMatchObject({ model: "demo", version: "1" });
    expectOneBest();
    expect(allRuns()).toHaveLength(7);
    const ranks = platform.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const values = ranks.filter(({ rank }) => rank !== undefined).map(({ value }) => Number(value));
    expect(values).toHaveLength(6);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
  });

  it("does not train a trial again that has ended, while others have not", async () => {
    await pod(2);
    const untrainable = { ...sweptWorkload(), train: () => Promise.reject(new Error("again")) };
    expect(await pod(2, { workload: untrainable })).toBeUndefined();
    expect(runOf(2).info.status).toBe("FINISHED");
  });

  it("that is over gives its version to whoever comes late, and trains nothing", async () => {
    for (let index = 0; index < 5; index++) await pod(index);
    const outcome = await pod(5);
    const untrainable = { ...sweptWorkload(), train: () => Promise.reject(new Error("again")) };
    expect(await pod(2, { workload: untrainable })).toEqual(outcome);
    expectOneBest();
  });

  it("whose pods all run at once ends with one version, in whatever order requests arrive", async () => {
    for (let seed = 0; seed < 4; seed++) {
      await renew();
      const random = createRandom(seed);
      const slowly =
        (ask: typeof fetch): typeof fetch =>
        async (...request) => {
          await new Promise((resolve) => setTimeout(resolve, 4 * random.uniform()));
          return ask(...request);
        };
      // Trial 2 runs twice, as when a lost node comes back.
      const pods = [0, 1, 2, 2, 3, 4, 5].map((index) => pod(index, { services: direct(slowly) }));
      const outcomes = (await Promise.all(pods)).filter((outcome) => outcome !== undefined);
      expect(outcomes.length).toBeGreaterThan(0);
      expect(new Set(outcomes.map(({ release }) => release)).size).toBe(1);
      expectOneBest();
    }
  });

  it("whose last pod is killed after any request, and tried again, ends with one version", async () => {
    const study = { trials: 1 };
    const requests = await countRequests(study);
    expect(requests).toBeGreaterThan(25);
    for (let deadline = 0; deadline < requests; deadline++) {
      await renew();
      const services = direct((ask) => dyingFetch(deadline, "after", ask));
      await expect(pod(0, { study, services })).rejects.toThrow();
      await pod(0, { study });
      expectOneBest(1);
    }
  }, 180_000);

  it("of Parzen estimates keeps a trial's parameters though more trials end before it is tried again", async () => {
    const study = { method: "tpe", trials: 30 } as const;
    for (let index = 0; index < 12; index++) await pod(index, { study });
    const ending = new AbortController();
    const workload = sweptWorkload();
    const stopping: Workload = {
      ...workload,
      train: (data, context) => {
        ending.abort();
        return workload.train(data, context);
      },
    };
    const services = platform.services({ signal: ending.signal });
    await expect(pod(20, { study, services, workload: stopping })).rejects.toThrow(StoppedError);
    expect(runOf(20).info.status).toBe("KILLED");
    const first = runOf(20).params.get("rate");
    for (let index = 12; index < 15; index++) await pod(index, { study });
    await pod(20, { study });
    expect(runOf(20).params.get("rate")).toBe(first);
    expect(runOf(20).info.status).toBe("FINISHED");
    // The same trial of a study that learned nothing is another one.
    await renew();
    await pod(20, { study });
    expect(runOf(20).params.get("rate")).not.toBe(first);
  });

  it("stops a trial that is hopeless, marks it, and never registers it", async () => {
    const study = {
      method: "grid",
      trials: 6,
      parameters: { rate: { choice: [0.3, 0.31, 0.32, 9, 0.33, 10] } },
      earlyStopping: { metric: "loss", minTrials: 3, afterSteps: 4 },
    } as const;
    const config = {
      ...study,
      parameters: { rate: { choice: [...study.parameters.rate.choice] } },
    };
    for (let index = 0; index < 6; index++) await pod(index, { study: config });
    const states = [0, 1, 2, 3, 4, 5].map((index) => runOf(index).tags.get(sweepTags.state));
    expect(states).toEqual(["complete", "complete", "complete", "stopped", "stopped", "stopped"]);
    expect(runOf(3).info.status).toBe("KILLED");
    expect(runOf(3).tags.get(sweepTags.reason)).toMatch(
      /^stopped at step 4: loss came down to 20\.7, the median of the other trials by then is 12\.0/,
    );
    expect([...runOf(3).metrics.values()].filter(({ key }) => key === "loss")).toHaveLength(4);
    expect(platform.mlflow.artifacts.size).toBeGreaterThan(0);
    const stored = [...platform.mlflow.artifacts.keys()];
    expect(stored.filter((path) => path.includes(runOf(3).info.run_id))).toEqual([]);
    expectOneBest();
    const text = platform.lines.join("\n");
    expect(text).toContain("train given up: stopped at step 4");
    expect(text).not.toContain('"level":"error"');
    // A pod that comes again does not train it again.
    await pod(3, { study: config });
    expect(runOf(3).info.status).toBe("KILLED");
  });

  it("trains on where the registry does not answer at a rung", async () => {
    const study = { trials: 2, earlyStopping: { metric: "loss", minTrials: 1, afterSteps: 1 } };
    await pod(0, { study });
    platform.mlflow.weather.strike = ({ body }) =>
      body.includes("lowest_loss_by_step") ? "drop" : undefined;
    await pod(1, { study, services: platform.services() });
    expectOneBest(2);
    expect(platform.lines.join()).toContain("could not be compared with the others");
  });

  it("counts a trial that diverges as ended, and goes on", async () => {
    const diverging: Workload = {
      ...sweptWorkload(),
      train: () => Promise.reject(new DivergedError(3, Number.NaN)),
    };
    const study = { trials: 2 };
    await pod(0, { study, workload: diverging });
    expect(runOf(0).info.status).toBe("FAILED");
    expect(runOf(0).tags.get(sweepTags.state)).toBe("diverged");
    await pod(1, { study });
    expectOneBest(2);
  });

  it("in which every trial diverges fails with the reason, and registers nothing", async () => {
    const diverging: Workload = {
      ...sweptWorkload(),
      train: () => Promise.reject(new DivergedError(3, Number.NaN)),
    };
    const last = pod(0, { study: { trials: 1 }, workload: diverging });
    await expect(last).rejects.toThrow("none of 1 trials came to its end");
    await expect(last).rejects.toBeInstanceOf(BadInputError);
    expect(studyRun().info.status).toBe("FAILED");
    expect(platform.mlflow.models.size).toBe(0);
  });

  it("fails a trial whose data cannot be used: no other value would help", async () => {
    const unusable: Workload = {
      ...sweptWorkload(),
      read: () => {
        throw new BadInputError("data: 3 rows, wanted at least 100");
      },
    };
    await expect(pod(0, { workload: unusable })).rejects.toThrow("data: 3 rows");
    expect(runOf(0).info.status).toBe("FAILED");
    expect(runOf(0).tags.has(sweepTags.state)).toBe(false);
  });
});

/** Of the only pod of a study, on a platform of its own. */
async function countRequests(study: NonNullable<Pod["study"]>): Promise<number> {
  const [outer, other] = [platform, await new FakePlatform().start()];
  platform = other;
  let count = 0;
  const counting =
    (ask: typeof fetch): typeof fetch =>
    (...request) => {
      count++;
      return ask(...request);
    };
  await pod(0, { services: direct(counting), study });
  await other.stop();
  platform = outer;
  return count;
}
