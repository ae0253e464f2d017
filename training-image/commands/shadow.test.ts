import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FakeServer } from "../../contracts/testing/fake-server.ts";
import { ShadowResult } from "../../contracts/shadow.ts";
import { storeToy, toyContract, toyGraph } from "../../serving-image/testing/toy-release.ts";
import { serve, type Served, type Server } from "../drift/testing/served-log.ts";
import { FakePlatform } from "../testing/platform.ts";
import { testSurroundings, type TestSurroundings } from "../testing/surroundings.ts";
import { shadowCommand } from "./shadow.ts";
import { NothingMeasuredError } from "./window.ts";

const now = new Date("2026-03-04T12:00:00.000Z");
const platform = new FakePlatform();
const gateway = new FakeServer(() => ({ status: 200 }));
let around: TestSurroundings;
let blue: Server;
let shadow: Server;

beforeAll(async () => {
  await Promise.all([platform.start(), gateway.listen()]);
  const store = async (slope: number) =>
    (await storeToy(platform.s3, { graph: toyGraph(slope) })).release;
  blue = { release: await store(1), contract: toyContract, slot: "blue" };
  shadow = { release: await store(-1), contract: toyContract, slot: "shadow" };
});
afterAll(async () => {
  await Promise.all([platform.stop(), gateway.close()]);
});
beforeEach(async () => {
  for (const key of platform.s3.objects.keys()) {
    if (!/\/(blobs|releases)\//.test(key)) platform.s3.objects.delete(key);
  }
  gateway.requests.length = 0;
  around = testSurroundings(platform);
});

async function traffic(count: number, ago = 5): Promise<void> {
  const at = new Date(now.getTime() - ago * 60_000);
  const answers = (label: number): Served[] =>
    Array.from({ length: count }, (_, place) => ({
      id: `request-${place}`,
      at,
      rows: [[place, 2, 3]],
      predictions: [place % 4 === 0 ? label : 0],
    }));
  const { objects } = platform.services();
  await serve(objects, blue, answers(0), at);
  await serve(objects, shadow, answers(2), at);
}

async function run(...more: string[]): Promise<ShadowResult[]> {
  const place = ["--environment", "prod", "--model", "toy", "--endpoint", platform.s3.url];
  const program = new Command().exitOverride().addCommand(shadowCommand(around));
  program.commands.forEach((command) => command.exitOverride());
  const until = more.includes("--until") ? [] : ["--until", now.toISOString()];
  await program.parseAsync(["shadow", ...place, "--window", "2h", ...until, ...more], {
    from: "user",
  });
  return more.includes("table") ? [] : results();
}

const results = () => around.printed.map((line) => ShadowResult.parse(JSON.parse(line)));

describe("shadow", () => {
  it("T-02 prints the comparison, keeps it in the store, and puts metrics on a Pushgateway where one is named", async () => {
    await traffic(200);
    const [result] = await run("--pushgateway", gateway.url);
    expect(result).toMatchObject({ verdict: "compared", pairs: 200, disagreement: 0.25 });
    const [one, other] = [shadow.release, blue.release].map((digest) => digest.slice(0, 12));
    const key = `isotherm/shadow/prod/toy/2026-03-04T12:00:00Z-${one}-${other}.json`;
    expect(ShadowResult.parse(JSON.parse(String(platform.s3.objects.get(key))))).toEqual(result);

    const [pushed, success] = gateway.requests;
    expect(pushed?.path).toBe("metrics/job/shadow/environment/prod/model_name/toy");
    const text = String(pushed?.body);
    const labels = `environment="prod",model_name="toy",release="${shadow.release}",primary_release="${blue.release}"`;
    expect(text).toContain(`drift_shadow_disagreement{${labels}} 0.25`);
    expect(text).toContain(`drift_shadow_pairs{${labels}} 200`);
    expect(text).toContain(`drift_shadow_unpaired{${labels},side="shadow"} 0`);
    expect(text).toMatch(/drift_shadow_verdict\{.*verdict="compared"\} 1/);
    expect(success?.path).toContain("job/shadow-success/");
  });

  it("has not enough data under 200 pairs, and then no number that looks like agreement", async () => {
    await traffic(199);
    const [result] = await run("--pushgateway", gateway.url);
    expect(result).toMatchObject({ verdict: "not-enough-data", pairs: 199 });
    const text = String(gateway.requests[0]?.body);
    expect(text).not.toMatch(/^drift_shadow_(disagreement|difference|probability)\w*\{/m);
    expect(text).toMatch(/drift_shadow_verdict\{.*verdict="not-enough-data"\} 1/);
    expect(gateway.requests).toHaveLength(1);
  });

  it("fails where no shadow answered, with a metric that says so", async () => {
    await expect(run("--pushgateway", gateway.url)).rejects.toThrow(NothingMeasuredError);
    expect(results()[0]?.verdict).toBe("no-logs");
    const before = new Date(now.getTime() - 1_000);
    await serve(platform.services().objects, blue, [], before);
    around = testSurroundings(platform);
    await expect(run()).rejects.toThrow(/no-traffic/);
    await serve(
      platform.services().objects,
      blue,
      [{ id: "request-1", at: before, rows: [[1, 2, 3]], predictions: [0] }],
      before,
    );
    around = testSurroundings(platform);
    await expect(run("--pushgateway", gateway.url)).rejects.toThrow(
      /no-shadow: clients were given/,
    );
    expect(String(gateway.requests.at(-1)?.body)).toMatch(/verdict="no-shadow"\} 1/);
  });

  it("draws tables for people, the rows that differ most by their request ids", async () => {
    await traffic(200);
    await run("--format", "table", "--largest", "1");
    const text = around.printed.join("\n");
    expect(text).toContain(`prod toy: shadow ${shadow.release.slice(0, 12)} beside`);
    expect(text).toMatch(/disagreement\s+│ 25 %/);
    expect(text).toMatch(/request-0\s+│ 0\s+│ 2026-03-04T11:55:00Z │ first\s+│ third/);
    expect(text).not.toContain("request-4");
  });

  it("looks at one shadow where its first digits are given, and refuses what is none", async () => {
    await traffic(200);
    expect(await run("--release", shadow.release.slice(0, 12))).toHaveLength(1);
    await expect(run("--release", "0123456789ab")).rejects.toThrow("no release");
    await expect(run("--minimum-pairs", "0")).rejects.toThrow("minimum-pairs");
  });
});
