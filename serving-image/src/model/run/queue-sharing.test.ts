import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { Echo, kindOf, question, queueOf } from "../../../testing/queue-rig.ts";
import { RunFailedError } from "../errors.ts";
import type { QueueOptions } from "./queue.ts";

/** Which requests share a run, and when it starts; bounds, deadlines and ends of a queue are in `queue.test.ts`. */

describe("requests that come while a run is in flight", () => {
  it("share the next run, filled up to a bucket, and each gets exactly its own rows", async () => {
    const echo = new Echo(true);
    const { ask, runs } = queueOf([echo], { maxBatchRows: 16 });
    const asked = [1, 2, 3, 4].map((owner) => ask(owner, owner));
    expect(echo.runs).toEqual([1]);
    echo.release();
    await asked[0];
    await turn();
    // 2 + 3 + 4 rows, and one that fills up.
    expect(echo.runs).toEqual([1, 10]);
    echo.release();
    for (const [index, outputs] of (await Promise.all(asked)).entries()) {
      expect(outputs).toEqual({ y: question(index + 1, index + 1)["x"] });
    }
    expect(runs.map(({ requests, rows }) => ({ requests, rows }))).toEqual([
      { requests: 1, rows: 1 },
      { requests: 3, rows: 9 },
    ]);
  });

  it("get their own rows and outputs in any interleaving, on any number of executors", async () => {
    const request = fc.record({
      rows: fc.integer({ min: 1, max: 6 }),
      wait: fc.integer({ min: 0, max: 3 }),
      outputs: fc.subarray(["y", "owner"], { minLength: 1 }),
      isPoisoned: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 20 }),
        async (requests, lanes, depth, maxBatchRows) => {
          const echoes = Array.from({ length: lanes }, () => new Echo());
          const { queue } = queueOf(echoes, { depth, maxBatchRows });
          requests.forEach(({ isPoisoned }, owner) => {
            if (isPoisoned) echoes.forEach((echo) => echo.poisoned.add(owner));
          });
          await Promise.all(
            requests.map(async ({ rows, wait, outputs, isPoisoned }, owner) => {
              for (let turns = 0; turns < wait; turns++) await turn();
              const answer = queue.run(question(owner, rows), outputs);
              if (isPoisoned) return expect(answer).rejects.toThrow(RunFailedError);
              const got = await answer;
              expect(Object.keys(got).sort()).toEqual([...outputs].sort());
              if (got["y"] !== undefined) expect(got["y"]).toEqual(question(owner, rows)["x"]);
              if (got["owner"] !== undefined) {
                expect([...(got["owner"].data as Float32Array)]).toEqual(Array(rows).fill(owner));
              }
            }),
          );
          await queue.close();
          expect(echoes.every(({ isClosed }) => isClosed)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("run one by one where a row's answer depends on other rows", async () => {
    const echo = new Echo();
    const { ask } = queueOf([echo], { maxBatchRows: 1 });
    await Promise.all([ask(1), ask(2, 2), ask(3)]);
    expect(echo.runs).toEqual([1, 2, 1]);
  });

  it("share no run with rows of another shape", async () => {
    const echo = new Echo();
    const { queue, ask } = queueOf([echo]);
    const wide = { x: new Tensor("float32", Float32Array.of(5, 0, 5, 0), [1, 4]) };
    await Promise.all([ask(1), ask(2), queue.run(wide, ["y"]), ask(3)]);
    expect(echo.runs).toEqual([1, 1, 1, 1]);
  });
});

describe("the run after a shared one", () => {
  const patient = { runMs: 10_000, isOneProcessor: true };
  /** A shared run of two is over, and nothing waits. */
  const sharedOnce = async (changes: Partial<QueueOptions> = {}) => {
    const echo = new Echo();
    const { queue, ask } = queueOf([echo], { gather: patient, maxBatchRows: 4, ...changes });
    await Promise.all([ask(1), ask(2), ask(3)]);
    expect(echo.runs.splice(0)).toEqual([1, 2]);
    return { echo, queue, ask };
  };

  it("takes in what comes turn after turn, and starts when a turn brings nothing", async () => {
    const { echo, ask } = await sharedOnce({ maxBatchRows: 8 });
    const asked = [];
    for (let owner = 1; owner <= 4; owner++) {
      asked.push(ask(owner));
      await turn();
      expect(echo.runs).toEqual([]);
    }
    await Promise.all(asked);
    expect(echo.runs).toEqual([4]);
  });

  it("waits no longer than its limit, nor once it is full", async () => {
    const hasty = { runMs: 0, isOneProcessor: false };
    for (const changes of [{ gather: hasty, maxBatchRows: 8 }, { maxBatchRows: 2 }]) {
      const { echo, ask } = await sharedOnce(changes);
      const asked = [];
      for (let owner = 1; owner <= 6; owner++) {
        asked.push(ask(owner));
        await turn();
      }
      expect(echo.runs.length).toBeGreaterThan(0);
      await Promise.all(asked);
    }
  });

  it("does not wait where the queue may hold nothing, or no more", async () => {
    const none = await sharedOnce({ maxQueued: 2 });
    const kinds = await Promise.all([1, 2, 3].map((owner) => kindOf(none.ask(owner))));
    expect(kinds).toEqual(["answered", "answered", "answered"]);
    expect(none.echo.runs).toEqual([2, 1]);
    const echo = new Echo();
    const { ask } = queueOf([echo], { gather: patient, maxQueued: 0 });
    await ask(1);
    await turn();
    await ask(2);
    expect(echo.runs).toEqual([1, 1]);
  });

  it("closes what runs the graph where all that it waited for are gone", async () => {
    const { echo, queue, ask } = await sharedOnce();
    const caller = { isGone: false };
    const gone = kindOf(ask(1, 1, { caller }));
    caller.isGone = true;
    await queue.close();
    expect(await gone).toBe("AbortedError");
    expect(echo.isClosed).toBe(true);
  });
});

describe("a request by itself", () => {
  it("runs at once, and so does the next one after it", async () => {
    const echo = new Echo();
    const { ask } = queueOf([echo], { gather: { runMs: 10_000, isOneProcessor: true } });
    for (let owner = 1; owner <= 3; owner++) {
      const asked = ask(owner);
      expect(echo.runs).toHaveLength(owner);
      await asked;
      await turn();
    }
  });
});

describe("a second run for an executor that is busy", () => {
  it("is given to it once it is as large as the first", async () => {
    const echo = new Echo(true);
    const { ask } = queueOf([echo], { depth: 2 });
    const asked = [ask(1), ask(2), ask(3), ask(4), ask(5)];
    expect(echo.runs).toEqual([1, 1]);
    echo.release();
    await asked[0];
    await turn();
    expect(echo.runs).toEqual([1, 1, 3]);
    echo.release();
    await asked[1];
    await turn();
    // Behind a run of three.
    asked.push(ask(6), ask(7));
    expect(echo.runs).toEqual([1, 1, 3]);
    asked.push(ask(8));
    expect(echo.runs).toEqual([1, 1, 3, 3]);
    echo.release();
    echo.release();
    await Promise.all(asked);
  });
});
