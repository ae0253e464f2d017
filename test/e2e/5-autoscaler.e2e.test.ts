// An autoscaler of dev's servers, with metrics-server in stack `cluster`. Does not prove that fewer servers come when the load
// goes: that takes minutes.
import { setTimeout as sleep } from "node:timers/promises";
import autocannon, { type Instance, type Result } from "autocannon";
import { beforeAll, describe, expect, test } from "vitest";
import {
  askWine,
  isotherm,
  obstacle,
  shell,
  stackOutputs,
  suiteTitle,
  wineRow,
} from "./platform.ts";
import { keepStackFile, setIn } from "./stack-files.ts";
import { up } from "./travel.ts";

/** Asks again and again until the answer is as wanted. */
async function until(what: string, seconds: number, isSo: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > seconds * 1_000) throw new Error(`${what} within ${seconds} s`);
    await sleep(1_000);
  }
}

/** 200 requests a second on 4 connections, until it is stopped. */
function startLoad(url: string, apiKey: string): { stop(): void; result: Promise<Result> } {
  let instance: Instance | undefined;
  const result = new Promise<Result>((resolve, reject) => {
    instance = autocannon(
      {
        url: `${url}/predict`,
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": apiKey },
        body: JSON.stringify({ instances: [wineRow] }),
        connections: 4,
        overallRate: 200,
        duration: 300,
      },
      (error: Error | null, answers) => (error ? reject(error) : resolve(answers)),
    );
  });
  return { stop: () => instance?.stop(), result };
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("an autoscaler"), () => {
  let namespace: string;
  let url: string;
  let apiKey: string;
  let withoutScale: () => void;

  beforeAll(async () => {
    const outputs = await stackOutputs("dev");
    ({ namespace, apiKey } = outputs);
    url = outputs.models["wine"]?.url ?? "";
    withoutScale = keepStackFile("dev");
  });

  const servers = async () =>
    Number(
      await shell(
        `kubectl -n ${namespace} get deployment wine-blue -o jsonpath={.status.replicas}`,
      ),
    );

  test("K-04 it is refused at preview while the cluster measures no CPU, and a start that installs it makes it", async () => {
    setIn("dev", ["isotherm:models", "wine", "scale"], { min: 1, max: 3, cpuPercent: 50 });
    const refused = await shell("! pulumi preview --stack dev --non-interactive 2>&1");
    expect(refused).toContain("the cluster does not measure CPU in use (no metrics.k8s.io)");

    setIn("cluster", ["isotherm:metrics"], { server: "install" });
    await isotherm(["start"]);
    expect(await shell("kubectl top node --no-headers")).toMatch(/ \d+m +\d+% /);
    await until("the autoscaler reads a figure", 60, async () => {
      const path = "{.status.currentMetrics[0].resource.current.averageUtilization}";
      const hpa = `kubectl -n ${namespace} get hpa wine-blue -o jsonpath='${path}'`;
      return /^\d+$/.test(await shell(hpa));
    });
  });

  test("K-04 under load one server becomes three, and every request is answered", async () => {
    expect(await servers()).toBe(1);
    const load = startLoad(url, apiKey);
    try {
      await until("three servers", 120, async () => (await servers()) === 3);
      await shell(`kubectl -n ${namespace} rollout status deployment/wine-blue --timeout=60s`);
    } finally {
      load.stop();
    }
    const { errors, timeouts, non2xx, "2xx": answered } = await load.result;
    expect({ errors, timeouts, non2xx }).toEqual({ errors: 0, timeouts: 0, non2xx: 0 });
    expect(answered).toBeGreaterThan(1_000);
    expect((await askWine(await stackOutputs("dev"))).status).toBe(200);
  });

  test("`up` does not touch what the autoscaler decided", async () => {
    const many = await servers();
    const preview = await shell("pulumi preview --stack dev --expect-no-changes --non-interactive");
    expect(preview).toMatch(/\d+ unchanged/);
    expect(await servers()).toBe(many);
  });

  test("without it in the stack file the number is the stack file's again", async () => {
    withoutScale();
    await up("dev");
    await until("one server", 60, async () => (await servers()) === 1);
    const autoscalers = await shell(`kubectl -n ${namespace} get hpa -o name`);
    expect(autoscalers.trim()).toBe("");
  });
});
