// The same platform once more, from the data that was kept, and through a start that was killed.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { askWine, isotherm, obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";

describe.skipIf(obstacle() !== undefined)(suiteTitle("npm start, once more"), () => {
  let before: Awaited<ReturnType<typeof stackOutputs>>["models"];

  test("`down --keep-data` leaves no cluster, and a start that is killed in the middle of `up` no harm", async () => {
    before = (await stackOutputs("dev")).models;
    await isotherm(["down", "--keep-data"]);
    const first = isotherm(["start", "--json"], { detached: true, reject: false });
    let hasEnded = false;
    void first.then(() => (hasEnded = true));
    // Until the new API server answers, there are no namespaces to see.
    const isUnderWay = async () =>
      (await shell("kubectl get namespaces -o name || true")).includes("isotherm-dev");
    while (!hasEnded && !(await isUnderWay())) await sleep(500);
    expect(hasEnded).toBe(false);
    await sleep(5_000);
    process.kill(-(first.pid ?? 0), "SIGKILL");
    await first;
  });

  test("the next start goes on where it was, and serves the release that was trained before", async () => {
    const { stdout } = await isotherm(["start", "--json"]);
    const line = String(stdout).trim().split("\n").at(-1) ?? "";
    expect((JSON.parse(line) as { predictions: unknown[] }).predictions).toHaveLength(1);
    const outputs = await stackOutputs("dev");
    expect(outputs.models).toEqual(before);
    expect((await askWine(outputs)).status).toBe(200);
  });
});
