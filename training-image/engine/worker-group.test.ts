import { afterEach, describe, expect, it } from "vitest";
import { closeWorkerGroups, WorkerGroup } from "./worker-group.ts";

/** Threads that say their name, then do to each order what `work` says. */
function program(work: string): URL {
  const text = `
    import { parentPort, workerData } from "node:worker_threads";
    const { name } = workerData;
    const say = (result) => parentPort.postMessage({ result });
    parentPort.on("message", (order) => {
      if (order === "end") return parentPort.close();
      ${work}
    });
    say("ready " + name);`;
  return new URL(`data:text/javascript,${encodeURIComponent(text)}`);
}

const groups: WorkerGroup<number | Int32Array, string>[] = [];
afterEach(async () => void (await Promise.all(groups.splice(0).map((group) => group.close()))));

async function start(work: string) {
  const woken: string[] = [];
  const data = [{ name: "a" }, { name: "b" }];
  const started = await WorkerGroup.start<number | Int32Array, string>(
    program(work),
    data,
    () => void woken.push("failed"),
  );
  groups.push(started.group);
  return { ...started, woken };
}

describe("a group of threads", () => {
  it("answers every order in the threads' order, whoever is first", async () => {
    const { group, results } = await start(
      `setTimeout(() => say(name + order), name === "a" ? 20 : 0)`,
    );
    expect(results).toEqual(["ready a", "ready b"]);
    expect(await group.ask(1)).toEqual(["a1", "b1"]);
    expect(await group.ask(2)).toEqual(["a2", "b2"]);
  });

  it.each([
    ["ends", "process.exit(3)", "thread 2 of 2 ended with exit code 3"],
    ["throws", `throw new Error("no more")`, "thread 2 of 2 ended: Error: no more"],
    ["says what is wrong", `parentPort.postMessage({ error: "ill" })`, "thread 2 of 2: ill"],
  ])("fails for good where a thread %s, though the other waits for it", async (_, act, message) => {
    const { group, woken } = await start(`if (name === "b") { ${act} }`);
    await expect(group.ask(1)).rejects.toThrow(message);
    expect(woken).toEqual(["failed"]);
    await expect(group.ask(2)).rejects.toThrow(message);
  });

  it("does not start where a thread does not", async () => {
    const broken = new URL("data:text/javascript,throw new Error('no library')");
    const starting = WorkerGroup.start(broken, [{}, {}], () => {});
    await expect(starting).rejects.toThrow(/thread \d of 2 ended: Error: no library/);
  });

  it("lets its threads finish what they are at, and has no answer for whoever asked", async () => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const { group } = await start("setTimeout(() => Atomics.add(order, 0, 1), 50)");
    const refused = expect(group.ask(flags)).rejects.toThrow("the threads were ended");
    await group.close();
    await refused;
    expect(flags[0]).toBe(2);
  });

  it("is ended with all others where the work was given up, and is none of them after that", async () => {
    const flags = new Int32Array(new SharedArrayBuffer(8));
    const { group } = await start("setTimeout(() => Atomics.add(order, 0, 1), 50)");
    const refused = expect(group.ask(flags)).rejects.toThrow("the threads were ended");
    await closeWorkerGroups();
    await refused;
    expect(flags[0]).toBe(2);
    await closeWorkerGroups();
  });
});
