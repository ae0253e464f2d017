import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { buckets } from "../../contracts/names.ts";
import { FakePlatform } from "../testing/platform.ts";
import { inTurn, type TurnOptions } from "./turn.ts";
import { StoppedError } from "./with-run.ts";

/** U-07 Jobs of one training definition, against a fake of the object store. */
let platform: FakePlatform;
beforeEach(async () => void (platform = await new FakePlatform().start()));
afterEach(() => platform.stop());

const times = { beatMs: 20, leaseMs: 600_000, pollMs: 10 };
const bucket = buckets.releases;

/** A Job that works until it is told to end, and what is known of it. */
function job(
  name: string,
  options: Partial<TurnOptions<string>> = {},
  training = "wine",
  ask: typeof fetch = platform.direct,
) {
  const stop = new AbortController();
  const services = platform.services({ signal: stop.signal, fetch: ask });
  let [resolve, reject] = [(_: string) => {}, (_: Error) => {}];
  const ended = new Promise<string>((...both) => ([resolve, reject] = both));
  const state = { working: false, told: false };
  const whole = { bucket, name: training, job: name, ...times, ...options };
  const done = inTurn(services, whole, async ({ signal }) => {
    state.working = true;
    signal.addEventListener("abort", () => {
      state.told = true;
      reject(new StoppedError());
    });
    try {
      return await ended;
    } finally {
      state.working = false;
    }
  });
  done.catch(() => undefined);
  return { state, done, stop: () => stop.abort(), end: () => resolve(name), fail: reject };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

const isWaiting = (name: string) =>
  platform.lines.some((line) => line.includes(`waits until ${name} has ended`));

/** Asks the store, and counts how often it is asked what turns there are. */
function watching(before: (looks: number) => void = () => {}) {
  const seen = { looks: 0 };
  const ask: typeof fetch = (resource, init) => {
    const request = new Request(resource, init);
    if (request.url.includes("list-type=2")) before(++seen.looks);
    return platform.direct(request);
  };
  return { seen, ask };
}

describe("Jobs of one training definition", () => {
  it.each([
    ["that of a schedule after that of an up", "train-wine-0123456789", "train-wine-29401"],
    ["that of an up after that of a schedule", "train-wine-29401", "train-wine-0123456789"],
  ])("U-07 train one after the other: %s", async (_, one, other) => {
    const first = job(one);
    await until(() => first.state.working);
    const second = job(other);
    await until(() => isWaiting(one));
    expect(second.state.working).toBe(false);
    first.end();
    expect(await first.done).toBe(one);
    await until(() => second.state.working);
    second.end();
    expect(await second.done).toBe(other);
  });

  it("wait however long the one at work takes, while it shows that it lives", async () => {
    await killed("one");
    const beat = `${bucket}/turns/wine/1.beat`;
    const { seen, ask } = watching((looks) =>
      platform.s3.objects.set(beat, Buffer.from(`${looks}`)),
    );
    const second = job("two", { leaseMs: 0 }, "wine", ask);
    await until(() => seen.looks >= 10);
    expect(second.state.working).toBe(false);
    second.stop();
    await expect(second.done).rejects.toThrow(StoppedError);
  });

  it("go on at once after one that failed or was asked to end", async () => {
    const failed = job("one");
    await until(() => failed.state.working);
    failed.fail(new Error("a fault"));
    await expect(failed.done).rejects.toThrow("a fault");
    const asked = job("two");
    await until(() => asked.state.working);
    asked.stop();
    await expect(asked.done).rejects.toThrow(StoppedError);
    const last = job("three");
    await until(() => last.state.working);
    last.end();
    await last.done;
  });

  it("go on after one that was killed when it has been silent for the lease, and not before", async () => {
    await killed("one");
    const { seen, ask } = watching();
    const early = job("two", {}, "wine", ask);
    await until(() => seen.looks >= 10);
    expect(early.state.working).toBe(false);
    const next = job("three", { leaseMs: 1 });
    await until(() => next.state.working);
    expect(early.state.working).toBe(false);
    expect(platform.lines.join("\n")).toContain("one has been silent for too long");
    next.end();
    await until(() => early.state.working);
    early.end();
    await early.done;
  });

  it("let the next attempt of a Job that was killed go on without waiting", async () => {
    await killed("one");
    const next = job("one");
    await until(() => next.state.working);
    next.end();
    await next.done;
  });

  it("tell one that was taken for dead to stop, which ends nobody else's turn", async () => {
    const slow = job("one", { beatMs: 300 });
    await until(() => slow.state.working);
    const next = job("two", { leaseMs: 1 });
    await until(() => next.state.working);
    await expect(slow.done).rejects.toThrow(StoppedError);
    expect(slow.state.told).toBe(true);
    const { seen, ask } = watching();
    const third = job("three", {}, "wine", ask);
    await until(() => seen.looks >= 5);
    expect([next.state.working, third.state.working]).toEqual([true, false]);
    next.end();
    await until(() => third.state.working);
    third.end();
    await third.done;
  });

  it("of which many come at once are at work one at a time, each once", async () => {
    let [working, most] = [0, 0];
    const order: string[] = [];
    const jobs = Array.from({ length: 6 }, (_, index) =>
      inTurn(
        platform.services(),
        { bucket, name: "wine", job: `job-${index}`, ...times },
        async () => {
          most = Math.max(most, ++working);
          await sleep(15);
          working--;
          order.push(`job-${index}`);
        },
      ),
    );
    await Promise.all(jobs);
    expect(most).toBe(1);
    expect(order.sort()).toEqual(jobs.map((_, index) => `job-${index}`));
  });

  it("do not wait for those of another definition, nor a sweep's pods for each other", async () => {
    const options = { isLast: (result: string) => result === "study", endsOnError: false };
    const pods = [job("sweep", options), job("sweep", options), job("other", {}, "churn")];
    await until(() => pods.every(({ state }) => state.working));
    const { seen, ask } = watching();
    const next = job("next", {}, "wine", ask);
    pods[0]?.end();
    pods[1]?.fail(new Error("a trial failed"));
    await until(() => seen.looks >= 5);
    expect(next.state.working).toBe(false);
    pods[2]?.end();
    const last = inTurn(
      platform.services(),
      { bucket, name: "wine", job: "sweep", ...times, ...options },
      async () => "study",
    );
    await last;
    await until(() => next.state.working);
    next.end();
    await next.done;
  });

  it("stop waiting when they are asked to end", async () => {
    await killed("one");
    const waiting = job("two", { pollMs: 60_000 });
    await until(() => isWaiting("one"));
    waiting.stop();
    await expect(waiting.done).rejects.toThrow(StoppedError);
    expect(waiting.state.working).toBe(false);
  });

  it("go on training while the object store is down, and fail where it is down at the start", async () => {
    const first = job("one", {}, "wine", fetch);
    await until(() => first.state.working);
    platform.s3.weather.strike = () => "drop";
    await until(() => platform.lines.some((line) => line.includes("could not be shown")));
    expect(first.state).toEqual({ working: true, told: false });
    await expect(job("two", {}, "wine", fetch).done).rejects.toThrow();
    platform.s3.weather = {};
    first.end();
    await first.done;
  });
});

/** What a Job leaves that was killed: its turn, and nobody who shows that he lives. */
async function killed(name: string): Promise<void> {
  const { objects } = platform.services();
  await objects.putOnce(bucket, "turns/wine/1.json", JSON.stringify({ job: name }));
  await objects.put(bucket, "turns/wine/1.beat", "the last");
}
