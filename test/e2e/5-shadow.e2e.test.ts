// A shadow in prod that answers otherwise, is gone, and stands still: clients see nothing of it, and the comparison by
// request id tells all of it. prod is left as it was. Does not prove the same of another gateway than the bundled one.
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { headers } from "../../contracts/names.ts";
import { shortDigest } from "../../contracts/release.ts";
import { ShadowResult } from "../../contracts/shadow.ts";
import { emit } from "../../training-image/engine/emit.ts";
import { argMax, matmul, softmax } from "../../training-image/engine/ops.ts";
import { constant, input } from "../../training-image/engine/tensor.ts";
import { attempt } from "./admission.ts";
import { readTrained, register, type Trained } from "./crafted.ts";
import { Slot } from "./disruptions.ts";
import { type StoreAccess, withStoreAccess } from "./objects.ts";
import { withPlace } from "./place.ts";
import {
  askWine,
  checkout,
  obstacle,
  shell,
  type StackOutputs,
  stackOutputs,
  suiteTitle,
  wineRow,
} from "./platform.ts";
import { keepStackFile, setIn } from "./stack-files.ts";
import { up } from "./travel.ts";

const wine = ["isotherm:models", "wine"];

/** Requests of one round; a comparison of fewer pairs is not enough data. */
const round = 40;

/** The release with another graph: whatever it is asked, the class with the last index, and it is sure. */
function alwaysLast({ manifest, files }: Trained): Trained {
  const features = input("features", ["batch", wineRow.length]);
  const weights = new Float32Array(wineRow.length * 3);
  weights[weights.length - 1] = 1;
  const scores = matmul(features, constant(weights, [wineRow.length, 3]));
  const outputs = { label: argMax(scores), probabilities: softmax(scores) };
  const graph = emit({ name: "always-last", inputs: [features], outputs });
  const model = manifest.files.find(({ role }) => role === "model");
  const other = { size: graph.length, sha256: sha256Hex(graph) };
  return {
    manifest: {
      ...manifest,
      files: manifest.files.map((file) => (file === model ? { ...file, ...other } : file)),
    },
    files: new Map(files).set(model?.path ?? "", graph),
  };
}

/** What the command printed, without what it logged. */
function resultsIn(output: string): ShadowResult[] {
  const lines = output.split("\n").filter((line) => line.includes('"isotherm.dev/shadow/v1"'));
  return lines.map((line) => ShadowResult.parse(JSON.parse(line)));
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("a shadow in prod"), () => {
  let prod: StackOutputs;
  let primary: string;
  let shadow: string;
  let slot: Slot;
  let restore = () => {};
  let isRestored = false;
  let begin: number;

  beforeAll(async () => {
    begin = Date.now();
    prod = await stackOutputs("prod");
    primary = prod.models["wine"]?.release ?? "";
    slot = new Slot(prod.namespace, "wine", "shadow");
    restore = keepStackFile("prod");
    shadow = await withPlace("prod", prod.namespace, async (place) => {
      const { digest } = await register(
        place,
        alwaysLast(await readTrained(place, primary)),
        "wine",
      );
      return digest;
    });
    // Nobody trained it, so that it was scored beside nothing.
    const config = { release: shortDigest(shadow), compare: "off" };
    setIn("prod", [...wine, "shadow"], config);
    // By hand alone: once a year is no time of a test.
    setIn("prod", [...wine, "drift"], { schedule: "0 3 1 1 *", minimum: round });
    await up("prod");
    // One server, so that what befalls it befalls every copy.
    await slot.scale(1);
  });

  afterAll(async () => {
    if (!isRestored) await withoutShadow();
  });

  async function withoutShadow(): Promise<void> {
    restore();
    await up("prod");
    isRestored = true;
  }

  /** Asks through the gateway, eight at once, and expects each answer to be the primary's. @returns their request ids */
  async function ask(): Promise<string[]> {
    const ids: string[] = [];
    for (let first = 0; first < round; first += 8) {
      const responses = await Promise.all(Array.from({ length: 8 }, () => askWine(prod)));
      for (const response of responses) {
        expect(response.status).toBe(200);
        expect(response.headers.get(headers.release)).toBe(primary);
        expect(response.headers.get(headers.slot)).toBe("blue");
        ids.push(response.headers.get(headers.requestId) ?? "");
      }
    }
    expect(new Set(ids).size).toBe(round);
    return ids;
  }

  /** Compares by the command, as a person does, until all records that are to come have come. */
  function compared(isWhole: (result: ShadowResult) => boolean): Promise<ShadowResult> {
    return withStoreAccess("prod", prod.namespace, async (access) => {
      const deadline = Date.now() + 240_000;
      for (;;) {
        const result = await compareOnce(access);
        if (isWhole(result)) return result;
        if (Date.now() > deadline) throw new Error(`${result.verdict}: ${result.message}`);
        // Servers write what is half a minute old.
        await sleep(5_000);
      }
    });
  }

  async function compareOnce({ endpoint, accessKeyId, secretAccessKey }: StoreAccess) {
    const minutes = Math.ceil((Date.now() - begin) / 60_000) + 1;
    const line = [
      ...["training-image/cli.ts", "shadow", "--environment", "prod", "--model", "wine"],
      ...["--endpoint", endpoint, "--minimum-pairs", String(round)],
      ...["--window", `${minutes}m`, "--until", new Date().toISOString()],
    ];
    const { stdout, stderr } = await execa(process.execPath, line, {
      cwd: checkout,
      env: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
      // A comparison that finds no shadow yet fails, and says so in its result.
      reject: false,
    });
    const [result] = resultsIn(stdout);
    if (result === undefined) throw new Error(`${stdout}\n${stderr}`);
    return result;
  }

  test("T-02 clients are answered by the primary alone, and the shadow's answers to the same requests are in the log", async () => {
    const ids = await ask();
    const result = await compared(({ pairs }) => pairs === round);
    expect(result).toMatchObject({
      verdict: "compared",
      release: shadow,
      primary,
      pairs: round,
      disagreement: 1,
      unpaired: { primary: 0, shadow: 0 },
      answered: 1,
    });
    expect(result.largest).toHaveLength(10);
    for (const { requestId, inputs } of result.largest) {
      expect(ids).toContain(requestId);
      expect(inputs).toEqual(wineRow);
    }
  });

  test("T-02 a shadow that stands still keeps no client waiting", async () => {
    // It answers nothing meanwhile, and a client gives up after ten seconds.
    await slot.whileStopped(ask);
    await slot.whole();
  });

  test("T-02 a shadow that is gone fails no request, and the comparison counts what it did not answer", async () => {
    await slot.scale(0);
    await ask();
    const result = await compared(
      ({ pairs, unpaired }) => pairs + unpaired.primary === 3 * round && unpaired.shadow === 0,
    );
    expect(result.verdict).toBe("compared");
    expect(result.unpaired.primary).toBeGreaterThanOrEqual(round);
    expect(result.answered).toBeLessThan(1);
    expect(result.disagreement).toBe(1);
  });

  test("T-02 the stack's own Job finds the same, by what the stack file says of it", async () => {
    const kubectl = (line: string) => shell(`kubectl -n ${prod.namespace} ${line}`);
    await kubectl("create job shadow-now --from=cronjob/shadow-wine");
    await kubectl("wait job/shadow-now --for=condition=complete --timeout=300s");
    const results = resultsIn(await kubectl("logs job/shadow-now"));
    expect(results).toMatchObject([
      { verdict: "compared", release: shadow, primary, disagreement: 1 },
    ]);
    expect(results[0]?.pairs).toBeGreaterThanOrEqual(round);
  });

  test("without the shadow in its stack file prod is as it was", async () => {
    await withoutShadow();
    expect(await ask()).toHaveLength(round);
    const servers = await shell(`kubectl -n ${prod.namespace} get deployments -o name`);
    expect(servers).not.toContain("wine-shadow");
    const again = "pulumi preview --stack prod --expect-no-changes --non-interactive";
    expect((await attempt(again)).output).toMatch(/\d+ unchanged/);
  });
});
