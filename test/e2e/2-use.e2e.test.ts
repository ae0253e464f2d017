// What a Pulumi user does next, with plain pulumi and kubectl in the shell that `npm run env` gives.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { headers } from "../../contracts/names.ts";
import { parseRelease } from "../../contracts/release.ts";
import { GrpcClient } from "../../serving-image/testing/grpc-client.ts";
import { askRows } from "../open-inference/testing/stock-clients.ts";
import { home, isotherm, obstacle, shell, stackOutputs, suiteTitle, wineRow } from "./platform.ts";

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("a Pulumi user's shell"), () => {
  test("plain `pulumi preview` shows no change on both stacks", async () => {
    for (const stack of ["cluster", "dev"]) {
      const preview = await shell(
        `pulumi preview --stack ${stack} --expect-no-changes --non-interactive`,
      );
      expect(preview).toMatch(/\d+ unchanged/);
    }
  });

  test("kubectl sees the registry, the server and the finished training Job", async () => {
    const { namespace } = await stackOutputs("dev");
    const pods = await shell(`kubectl -n ${namespace} get pods --no-headers`);
    for (const name of ["postgres", "s3", "mlflow", "recorder", "wine-blue"]) {
      expect(pods).toMatch(new RegExp(`^${name}\\S*\\s+1/1\\s+Running`, "m"));
    }
    expect(pods).toMatch(/Completed/);
  });

  test("what is served is a release whose manifest has its digest, and whose evidence passed the gate", async () => {
    const { namespace, models } = await stackOutputs("dev");
    const release = models["wine"]?.release ?? "";
    const maps = JSON.parse(
      await shell(`kubectl -n ${namespace} get configmaps -l isotherm.dev/model=wine -o json`),
    ) as { items: { immutable?: boolean; data: Record<string, string> }[] };
    const record = maps.items.find(({ data }) => "manifest.json" in data);
    const manifest = parseRelease(record?.data["manifest.json"] ?? "", release);
    expect(sha256Hex(record?.data["manifest.json"] ?? "")).toBe(release);
    expect(record?.immutable).toBe(true);
    expect(manifest.evidence.metrics["accuracy"]).toBeGreaterThanOrEqual(0.85);
    expect(manifest.evidence.lineage).toMatchObject({ workload: "wine", environment: "dev" });
  });

  test("T-01 gRPC through the gateway reaches the model that a header names", async () => {
    const { apiKey, grpc, models } = await stackOutputs("dev");
    const client = new GrpcClient(grpc);
    try {
      const input = {
        ...{ name: "features", datatype: "FP32", shape: [1n, BigInt(wineRow.length)] },
        contents: { fp32Contents: wineRow },
      };
      const question = { modelName: "wine", inputs: [input] };
      const sent = { [headers.apiKey]: apiKey, [headers.routeModel]: "wine" };
      const answered = await client.call("ModelInfer", question, sent);
      expect(answered.headers).toMatchObject({ [headers.release]: models["wine"]?.release });
      const label = answered.answer.outputs.find(({ name }) => name === "label");
      expect(label?.contents?.int64Contents).toEqual([0n]);
      // No route has calls that name no model.
      const nameless = client.call("ModelInfer", question, { [headers.apiKey]: apiKey });
      await expect(nameless).rejects.toThrow(/UNIMPLEMENTED|404/);
    } finally {
      client.close();
    }
  });

  test("T-01 NVIDIA's clients from PyPI ask through the gateway, over HTTP and over gRPC", async () => {
    const { apiKey, grpc, models } = await stackOutputs("dev");
    const url = models["wine"]?.url ?? "";
    const question = { apiKey, model: "wine", rows: [wineRow] };
    const answer = { ready: true, outputs: { label: [0] } };
    const address = url.replace(/^http:\/\//, "");
    expect(await askRows({ ...question, protocol: "triton-http", address })).toMatchObject(answer);
    const named = { [headers.routeModel]: "wine" };
    expect(
      await askRows({ ...question, protocol: "triton-grpc", address: grpc, headers: named }),
    ).toMatchObject(answer);
  });

  test("G-09 T-01 KServe's REST client asks through the gateway by both versions of its protocol", async () => {
    const { apiKey, models } = await stackOutputs("dev");
    const address = models["wine"]?.url ?? "";
    const question = { apiKey, model: "wine", rows: [wineRow], address };
    expect(await askRows({ ...question, protocol: "kserve-rest" })).toMatchObject({
      ready: true,
      predictions: ["class_0"],
      outputs: { label: [0] },
    });
  });

  test("the ledger says what serves, who made it so and by which gates, and verifies", async () => {
    const { models } = await stackOutputs("dev");
    const now = new Date().toISOString();
    const then = JSON.parse(
      await shell(`npm run -s history -- wine --env dev --at ${now} --json`),
    ) as { slots: object[]; admissions: object[] };
    const release = models["wine"]?.release;
    expect(then.slots).toEqual([expect.objectContaining({ slot: "blue", percent: 100, release })]);
    expect(then.slots[0]).toMatchObject({
      by: { manager: expect.stringMatching(/^pulumi/) as string },
    });
    expect(then.admissions).toEqual([
      expect.objectContaining({ release, gates: expect.stringContaining("gates 1/1") as string }),
    ]);
    expect(await shell("npm run -s ledger -- verify --env dev")).toContain(
      "ends where the recorder says",
    );
  });

  test("no secret lies in state, logs or settings in the clear", async () => {
    const { apiKey, namespace } = await stackOutputs("dev");
    const secrets = JSON.parse(await shell(`kubectl -n ${namespace} get secrets -o json`)) as {
      items: { data: Record<string, string> }[];
    };
    const values = secrets.items
      .flatMap(({ data }) => Object.values(data))
      .map((value) => Buffer.from(value, "base64").toString())
      .filter((value) => value.length >= 16 && !/^[0-9a-f]{64}\s*$/.test(value));
    expect(values.length).toBeGreaterThan(2);
    const places = [...filesBelow(join(home, "state")), ...filesBelow(join(home, "logs"))];
    expect(places.length).toBeGreaterThan(2);
    const leaks = places.filter((path) => {
      const text = readFileSync(path, "utf8");
      return [apiKey, ...values].some((value) => text.includes(value));
    });
    expect(leaks).toEqual([]);
  });

  test("`npm run status` tells that every part is healthy", async () => {
    const { stdout } = await isotherm(["status", "--json"], { stdout: "pipe" });
    const status = JSON.parse(String(stdout)) as {
      cluster: { state: string; nodeReady: boolean; parts: { healthy: boolean }[] };
      stacks: { name: string }[];
    };
    expect(status.cluster).toMatchObject({ state: "running", nodeReady: true });
    expect(status.cluster.parts.every((part) => part.healthy)).toBe(true);
    expect(status.stacks.map(({ name }) => name).sort()).toEqual(["cluster", "dev"]);
  });
});
