import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Echo, kindOf, queueOf } from "../../../testing/queue-rig.ts";
import { AbortedError, DeadlineError, QueueFullError, WorkerLostError } from "../errors.ts";

/** Bounds, deadlines and ends of a queue; which requests share a run is in `queue-sharing.test.ts`. */

describe("a run that fails", () => {
  it("fails the one request that the graph cannot take, not those beside it", async () => {
    const echo = new Echo();
    echo.poisoned.add(3);
    const { ask } = queueOf([echo]);
    const kinds = await Promise.all([1, 2, 3, 4].map((owner) => kindOf(ask(owner))));
    expect(kinds).toEqual(["answered", "answered", "RunFailedError", "answered"]);
    expect(echo.runs).toEqual([1, 3, 1, 1, 1]);
  });

  it("because its worker is lost fails all of it once, for trying again may lose the next worker too", async () => {
    const echo = new Echo();
    echo.error = new WorkerLostError("gone");
    const { ask } = queueOf([echo]);
    const kinds = await Promise.all([1, 2, 3].map((owner) => kindOf(ask(owner))));
    expect(kinds).toEqual(Array(3).fill("WorkerLostError"));
    expect(echo.runs).toEqual([1, 2]);
  });
});

describe("a queue", () => {
  it("S-01 is bounded in requests and in rows, and says when to come back", async () => {
    const echo = new Echo(true);
    const { queue, ask, refusals } = queueOf([echo], { maxQueued: 2, maxQueuedRows: 10 });
    const first = ask(1);
    const waiting = [ask(2, 4), ask(3, 4)];
    await expect(ask(4)).rejects.toMatchObject({ name: "QueueFullError", retryAfterSeconds: 1 });
    expect(queue.queued).toBe(2);
    echo.release();
    await first;
    await turn();
    expect(queue.queued).toBe(0);
    const more = [ask(5, 9)];
    await expect(ask(6, 9)).rejects.toThrow(QueueFullError);
    echo.release();
    await Promise.all(waiting);
    await turn();
    echo.release();
    await Promise.all(more);
    expect(refusals).toEqual(["queue-full", "queue-full"]);
  });

  it("drops a request at its deadline, however long the run before it takes, and never runs it", async () => {
    const echo = new Echo(true);
    const { ask, refusals } = queueOf([echo]);
    const first = ask(1);
    const late = ask(2, 1, { deadline: performance.now() + 30 });
    const later = ask(3, 1, { deadline: performance.now() + 10_000 });
    await expect(late).rejects.toThrow(DeadlineError);
    await expect(ask(4, 1, { deadline: performance.now() - 1 })).rejects.toThrow(DeadlineError);
    echo.release();
    await first;
    await turn();
    echo.release();
    expect(await kindOf(later)).toBe("answered");
    expect(echo.runs).toEqual([1, 1]);
    expect(refusals).toEqual(["deadline", "deadline"]);
  });

  it("gives a request without a deadline the server's own patience", async () => {
    const { ask } = queueOf([new Echo(true)], { patienceMs: 20 });
    void ask(1);
    await expect(ask(2)).rejects.toThrow(DeadlineError);
  });

  it("drops a request whose caller is gone, and makes room for others by it", async () => {
    const echo = new Echo(true);
    const { ask, refusals } = queueOf([echo], { maxQueued: 1 });
    const first = ask(1);
    const caller = { isGone: false };
    const gone = kindOf(ask(2, 1, { caller }));
    caller.isGone = true;
    const next = ask(3);
    expect(await gone).toBe("AbortedError");
    echo.release();
    await first;
    await turn();
    echo.release();
    await next;
    expect(echo.runs).toEqual([1, 1]);
    expect(refusals).toEqual(["aborted"]);
    await expect(ask(4, 1, { caller: { isGone: true } })).rejects.toThrow(AbortedError);
  });

  it("closes what runs the graph only once the last request has its answer", async () => {
    const echo = new Echo(true);
    const { queue, ask } = queueOf([echo]);
    const asked = [ask(1), ask(2)];
    const closed = queue.close();
    await pause(5);
    expect(echo.isClosed).toBe(false);
    echo.release();
    await asked[0];
    await turn();
    expect(echo.isClosed).toBe(false);
    echo.release();
    await Promise.all([...asked, closed]);
    expect(echo.isClosed).toBe(true);
  });
});
