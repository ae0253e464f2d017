import { describe, expect, it } from "vitest";
import { Metrics } from "./metrics.ts";
import type { AnswerLineage, ServedModel } from "./model/model.ts";

const lineageOf = (release: string): AnswerLineage => ({
  name: "wine",
  version: "3",
  release,
  dataVersion: "1",
  environment: "dev",
  slot: "blue",
});
const served = (lineage: AnswerLineage): ServedModel =>
  ({
    lineage,
    loadedAt: new Date(5_000),
    queued: 0,
    placement: { runSeconds: 0.001 },
  }) as ServedModel;

const text = (metrics: Metrics): Promise<string> => metrics.registry.metrics();
const line = (page: string, start: string): string | undefined =>
  page.split("\n").find((candidate) => candidate.startsWith(start));

describe("metrics", () => {
  it("U-11 counts requests by route, method and status, and times them", async () => {
    const metrics = new Metrics("image:1");
    metrics.request("/predict", "POST", 200, 0.003);
    metrics.request("/predict", "POST", 200, 0.3);
    metrics.request("/predict", "POST", 400, 0.0001);
    const page = await text(metrics);
    expect(page).toContain('http_requests_total{path="/predict",method="POST",status="200"} 2');
    expect(page).toContain('http_requests_total{path="/predict",method="POST",status="400"} 1');
    expect(page).toContain('http_request_duration_seconds_bucket{path="/predict",le="0.0001"} 1');
    expect(page).toContain('http_request_duration_seconds_bucket{path="/predict",le="0.005"} 2');
    expect(page).toContain('http_request_duration_seconds_bucket{path="/predict",le="+Inf"} 3');
    expect(page).toContain('http_request_duration_seconds_count{path="/predict"} 3');
  });

  it("T-05 says of a model's rows which release, slot, image and data they are of", async () => {
    const metrics = new Metrics("image:1");
    const lineage = lineageOf("a".repeat(64));
    metrics.serve([served(lineage)]);
    metrics.prediction(lineage, 5, 0.01);
    metrics.run(lineage, 5, "worker");
    const page = await text(metrics);
    const labels = `model_name="wine",model_version="3",release="${lineage.release}",slot="blue",data_version="1",image="image:1"`;
    expect(page).toContain(`model_predictions_total{${labels}} 5`);
    expect(page).toContain(`model_runs_total{${labels},where="worker"} 1`);
    expect(page).toContain(`model_batch_rows_sum{${labels}} 5`);
    expect(page).toContain(`model_info{${labels}} 1`);
    expect(page).toContain(`model_load_timestamp{${labels}} 5`);
  });

  it("counts an answer that is not finite once, of the model that gave it", async () => {
    const metrics = new Metrics("image:1");
    metrics.serve([served(lineageOf("a".repeat(64)))]);
    metrics.error("no-finite-answer", "wine");
    metrics.error("no-finite-answer", "another");
    const page = await text(metrics);
    expect(line(page, "model_nan_answers_total{")).toMatch(/ 1$/);
  });

  it("keeps as many series as are served, however many releases came and went", async () => {
    const metrics = new Metrics("image:1");
    const sizes: number[] = [];
    for (let swap = 0; swap < 40; swap++) {
      const lineage = lineageOf(swap.toString(16).padStart(64, "0"));
      metrics.serve([served(lineage)]);
      for (let status = 200; status < 220; status++) {
        metrics.request("/predict", "POST", status, 0.001);
      }
      metrics.prediction(lineage, 1, 0.001);
      metrics.run(lineage, 1, "inline");
      const page = await text(metrics);
      sizes.push(page.split("\n").filter((each) => /^(model|http)_/.test(each)).length);
    }
    expect(new Set(sizes).size).toBe(1);
  });

  it("does not bring a retired release back by a run that ends late", async () => {
    const metrics = new Metrics("image:1");
    const late = lineageOf("a".repeat(64));
    metrics.serve([served(late)]);
    metrics.serve([served(lineageOf("b".repeat(64)))]);
    metrics.prediction(late, 1, 0.001);
    metrics.run(late, 1, "inline");
    expect(await text(metrics)).not.toContain(late.release);
  });
});
