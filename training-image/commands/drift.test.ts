import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { DriftResult } from "../../contracts/drift.ts";
import { buckets } from "../../contracts/names.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { FakeServer } from "../../contracts/testing/fake-server.ts";
import { manifestWith } from "../../test/releases.ts";
import { labelOf, recordOf, TestLog } from "../drift/testing/audit-log.ts";
import { FakePlatform } from "../testing/platform.ts";
import { testSurroundings, type TestSurroundings } from "../testing/surroundings.ts";
import { driftBaseline } from "../workloads/baseline.ts";
import { driftCommand } from "./drift.ts";
import { NothingMeasuredError } from "./window.ts";

const now = new Date("2026-03-04T12:00:00.000Z");
const earlier = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
/** 400 rows of training: one feature even over [0, 100), one in the same order downwards. */
const training = Array.from({ length: 400 }, (_, row) => Float64Array.of(row / 4, 100 - row / 4));
const features = [{ name: "alcohol" }, { name: "ash" }];

const platform = new FakePlatform();
const gateway = new FakeServer(() => ({ status: 200 }));
let log: TestLog;
let around: TestSurroundings;
let release: string;

beforeAll(async () => {
  await Promise.all([platform.start(), gateway.listen()]);
});
afterAll(async () => {
  await Promise.all([platform.stop(), gateway.close()]);
});
beforeEach(async () => {
  platform.s3.objects.clear();
  gateway.requests.length = 0;
  log = new TestLog(platform.s3);
  around = testSurroundings(platform);
  release = await storeRelease(true);
});

async function storeRelease(hasBaseline: boolean): Promise<string> {
  const contract = {
    schema: "isotherm.dev/model-contract/v1",
    model: "wine",
    task: "classification",
    inputs: [{ name: "features", dataType: "FP32", shape: [-1, 2] }],
    outputs: [{ name: "label", dataType: "INT64", shape: [-1] }],
    features,
    classes: ["barolo", "grignolino"],
    predictions: "label",
  };
  const baseline = {
    ...driftBaseline(features, training, "0".repeat(64)),
    prediction: { name: "label", categories: ["barolo", "grignolino"], shares: [0.5, 0.5, 0] },
  };
  const files = [
    { path: "model.onnx", role: "model" as const, text: "no graph is read here" },
    { path: "contract.json", role: "contract" as const, text: JSON.stringify(contract) },
    { path: "baseline.json", role: "baseline" as const, text: JSON.stringify(baseline) },
  ].filter(({ role }) => hasBaseline || role !== "baseline");
  const contents = new Map(files.map(({ path, text }) => [path, new TextEncoder().encode(text)]));
  const manifest = manifestWith({ accuracy: 0.95 });
  manifest.files = files.map(({ path, role }) => {
    const bytes = contents.get(path) as Uint8Array;
    return { path, role, size: bytes.length, sha256: sha256Hex(bytes) };
  });
  const { objects } = platform.services();
  return new ReleaseStore(objects, buckets.releases).put(manifest, contents);
}

/** Answers spread over the last hours, whose rows are those of training, moved. */
function traffic(count: number, move = 0, of = release) {
  return Array.from({ length: count }, (_, place) => {
    const [alcohol = 0, ash = 0] = training[(place * 7) % training.length] as Float64Array;
    return recordOf(of, `request-${place}`, earlier(1), [alcohol + move, ash], place % 2);
  });
}

async function drift(...more: string[]): Promise<DriftResult[]> {
  const place = ["--environment", "prod", "--model", "wine", "--endpoint", platform.s3.url];
  const program = new Command().exitOverride().addCommand(driftCommand(around));
  program.commands.forEach((command) => command.exitOverride());
  await program.parseAsync(
    ["drift", ...place, "--window", "2h", "--until", now.toISOString(), ...more],
    { from: "user" },
  );
  return results();
}

const results = (): DriftResult[] =>
  around.printed.map((line) => DriftResult.parse(JSON.parse(line)));

describe("drift", () => {
  it("U-14 finds none where traffic is like training, feature by feature", async () => {
    log.write(traffic(400), earlier(1));
    const [result] = await drift();
    expect(result).toMatchObject({ verdict: "measured", rows: 400, release, lost: {} });
    for (const { psi } of result!.features) expect(psi).toBeLessThan(1e-6);
    expect(result!.drifted).toEqual({ threshold: 0.1, share: 0 });
    expect(result!.prediction?.psi).toBeLessThan(1e-6);
  });

  it("U-14, K-07 says which feature drifted, how far, and what share of all", async () => {
    log.write(traffic(400, 50), earlier(1));
    const [result] = await drift();
    expect(result!.psi?.maxFeature).toBe("alcohol");
    expect(result!.psi?.max).toBeGreaterThan(0.25);
    expect(result!.psi?.mean).toBeCloseTo(result!.psi!.max / 2, 6);
    expect(result!.drifted?.share).toBe(0.5);
  });

  it("looks at the window and at nothing else", async () => {
    log.write(traffic(400, 50), earlier(1));
    const [result] = await drift("--window", "30m", "--until", earlier(10).toISOString()).catch(
      results,
    );
    expect(result).toMatchObject({ verdict: "no-logs", rows: 0 });
  });

  it("reads each object once, whatever part of an hour a window begins and ends in", async () => {
    const time = earlier(-1);
    const records = traffic(250).map((record) => ({ ...record, time: time.toISOString() }));
    log.write(records, time);
    for (const later of [2, 30, 59]) {
      around = testSurroundings(platform);
      const until = earlier(-later).toISOString();
      const [result] = await drift("--window", "90m", "--until", until);
      expect(result).toMatchObject({ rows: 250, observed: 250 });
    }
  });

  it("keeps the result in the store, and puts metrics on a Pushgateway where one is named", async () => {
    log.write(traffic(400, 50), earlier(1));
    const [result] = await drift("--pushgateway", gateway.url);
    const key = `isotherm/drift/prod/wine/2026-03-04T12:00:00Z-${release.slice(0, 12)}.json`;
    expect(DriftResult.parse(JSON.parse(String(platform.s3.objects.get(key))))).toEqual(result);
    const [pushed, success] = gateway.requests;
    expect(pushed).toMatchObject({
      method: "PUT",
      path: "metrics/job/drift/environment/prod/model_name/wine",
    });
    const text = String(pushed?.body);
    expect(text).toContain(
      `drift_psi{environment="prod",model_name="wine",release="${release}",feature="alcohol"}`,
    );
    expect(text).toMatch(/drift_verdict\{.*verdict="measured"\} 1/);
    expect(success?.path).toContain("job/drift-success/");
    expect(String(success?.body)).toContain("drift_last_success_timestamp_seconds");
  });

  it("U-15 has not enough data under 200 rows, which is neither 0 nor a fault", async () => {
    log.write(traffic(199, 50), earlier(1));
    const [result] = await drift("--pushgateway", gateway.url);
    expect(result).toMatchObject({ verdict: "not-enough-data", rows: 199, features: [] });
    expect(result!.psi).toBeUndefined();
    const text = String(gateway.requests[0]?.body);
    expect(text).not.toMatch(/^drift_psi(_max|_mean)?\{/m);
    expect(text).toMatch(/drift_verdict\{.*verdict="not-enough-data"\} 1/);
    expect(gateway.requests).toHaveLength(1);
  });

  it("U-16 fails where there was no traffic, and tells it from lost logs and from none at all", async () => {
    await expect(drift()).rejects.toThrow(NothingMeasuredError);
    expect(results()[0]?.verdict).toBe("no-logs");
    around = testSurroundings(platform);
    log.write([], earlier(1));
    await expect(drift("--pushgateway", gateway.url)).rejects.toThrow(/no-traffic/);
    expect(String(gateway.requests[0]?.body)).toMatch(/verdict="no-traffic"\} 1/);
    around = testSurroundings(platform);
    log.write([], earlier(1), { "buffer-full": 300 });
    await expect(drift()).rejects.toThrow(/logs-lost: 300 answers/);
    around = testSurroundings(platform);
    log.write(traffic(150), earlier(1));
    await expect(drift()).rejects.toThrow(/logs-lost: 150 rows .* 300 records were lost/);
  });

  it("U-16 fails where the release has no baseline, and never invents one", async () => {
    const bare = await storeRelease(false);
    log.write(traffic(400, 0, bare), earlier(1));
    await expect(drift()).rejects.toThrow(/no-baseline/);
    expect(results()[0]).toMatchObject({ verdict: "no-baseline", features: [], rows: 400 });
  });

  it("says so where the policy keeps inputs out of the log", async () => {
    const bare = traffic(300).map(({ inputs: _, ...record }) => record);
    log.write(bare, earlier(1));
    await expect(drift()).rejects.toThrow(/inputs-not-logged/);
    const redacted = traffic(300).map((record) => ({ ...record, redacted: ["ash"] }));
    log.write(redacted, earlier(2));
    around = testSurroundings(platform);
    const [result] = await drift();
    expect(result).toMatchObject({ verdict: "measured", redacted: ["ash"] });
    expect(result!.features.map(({ name }) => name)).toEqual(["alcohol"]);
  });

  it("K-08 measures quality by labels, joined by a server or here, and tells the drop", async () => {
    const records = traffic(400);
    log.write(records, earlier(1));
    const labels = Array.from({ length: 10 }, (_, place) =>
      labelOf(
        `request-${place}`,
        earlier(1),
        place < 8 ? ["barolo", "grignolino"][place % 2]! : "other",
      ),
    );
    const joined = {
      ...labelOf("of-before", earlier(1), "barolo"),
      release,
      predictions: ["barolo"],
    };
    log.label([...labels, joined, labelOf("unknown", earlier(1), "barolo")], earlier(1));
    const [result] = await drift();
    expect(result!.quality).toMatchObject({ rows: 11, accuracy: 9 / 11, reference: 0.95 });
    expect(result!.quality?.drop).toBeCloseTo(0.95 - 9 / 11, 12);
  });

  it("measures each release that answered by its own baseline, and one where it is told to", async () => {
    const bare = await storeRelease(false);
    log.write([...traffic(300), ...traffic(300, 0, bare)], earlier(1));
    await expect(drift()).rejects.toThrow(/no-baseline/);
    expect(results().map(({ verdict }) => verdict)).toEqual(["measured", "no-baseline"]);
    around = testSurroundings(platform);
    expect(await drift("--release", release.slice(0, 12))).toHaveLength(1);
  });

  it("deletes logs that are older than their retention, and no others", async () => {
    const day = 24 * 60;
    for (const age of [1, 29 * day, 31 * day, 33 * day])
      log.write(traffic(1), new Date(Date.now() - age * 60_000));
    log.label([labelOf("request-1", now, "barolo")], new Date(Date.now() - 40 * day * 60_000));
    const held = () => [...platform.s3.objects.keys()].filter((key) => key.endsWith(".gz")).length;
    expect(held()).toBe(5);
    await drift("--retention-days", "30").catch(() => undefined);
    expect(held()).toBe(2);
  });

  it("skips lines that it does not understand, and counts them", async () => {
    log.write(traffic(300), earlier(1));
    const [key] = [...platform.s3.objects.keys()].filter((name) => name.endsWith(".gz"));
    platform.s3.objects.set(`${key}.other`, Buffer.from("no gzip"));
    const [result] = await drift();
    expect(result).toMatchObject({ verdict: "measured", unreadable: 1 });
  });

  it.each([
    ["--window", "soon"],
    ["--minimum-rows", "0"],
    ["--until", "noon"],
    ["--pushgateway", "nowhere"],
  ])("refuses %s %s", async (option, value) => {
    await expect(drift(option, value)).rejects.toThrow(option.slice(2));
  });
});
