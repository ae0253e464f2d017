import { canonicalJson } from "../../contracts/canonical.ts";
import type { Evidence } from "../../contracts/evidence.ts";
import { shortDigest } from "../../contracts/release.ts";
import { type Crafted, register, type Trained } from "./crafted.ts";
import type { TargetPlace } from "../../infra/promotion/place.ts";

/** A release that an environment must not take, as a model of its own. */
interface Unfit {
  /** What its evidence says instead of the truth. */
  evidence?: (evidence: Evidence) => unknown;
  /** What somebody does to the registry after it was registered. */
  tamper?: (place: TargetPlace, crafted: Crafted, trained: Trained) => Promise<void>;
  maxAge?: string;
  /** What the preview is to say of it. */
  reason: (crafted: Crafted) => string;
}

const bound = 0.85;
const weak = 0.5;
const withMetrics = (metrics: Evidence["metrics"]) => (evidence: Evidence) => ({
  ...evidence,
  metrics,
});
const refused = (value: unknown) => `accuracy ${String(value)} is not > ${bound}`;

/** By name of the model. Each fails by one thing alone: a sound release passes the gate. */
const unfit: Readonly<Record<string, Unfit>> = {
  "at-the-bound": {
    evidence: withMetrics({ accuracy: bound }),
    reason: () => refused(bound),
  },
  "not-a-number": {
    evidence: withMetrics({ accuracy: "NaN" }),
    reason: () => `accuracy is NaN, wanted > ${bound}`,
  },
  unmeasured: {
    evidence: withMetrics({ f1_macro: 0.99 }),
    reason: () => `accuracy is missing from the run, wanted > ${bound}`,
  },
  stale: {
    evidence: (evidence) => ({ ...evidence, trainedAt: "2026-01-02T03:04:05.000Z" }),
    maxAge: "3600s",
    reason: () => "this environment admits nothing older than 3600 s",
  },
  unlineaged: {
    evidence: (evidence) => ({ ...evidence, lineage: undefined }),
    reason: ({ digest }) => `release ${shortDigest(digest)}: not a release manifest`,
  },
  "said-to-pass": {
    evidence: (evidence) => ({
      ...evidence,
      metrics: { accuracy: weak },
      params: { ...evidence.params, gate: "passed", passed: true },
    }),
    tamper: ({ mlflow }, { run }) =>
      mlflow.logBatch(run.info.run_id, { tags: { passed: "true", "isotherm.gate": "passed" } }),
    reason: () => refused(weak),
  },
  "another-metric": {
    evidence: withMetrics({ accuracy: weak }),
    tamper: ({ mlflow }, { run }) =>
      mlflow.logBatch(run.info.run_id, {
        metrics: [{ key: "accuracy", value: 0.99, timestamp: Date.now(), step: 1 }],
      }),
    reason: () => refused(weak),
  },
  "another-manifest": {
    evidence: withMetrics({ accuracy: weak }),
    tamper: ({ mlflow }, { run }, { manifest }) =>
      mlflow.uploadArtifact(run, "model/release.json", canonicalJson(manifest)),
    reason: ({ digest }) => `release ${shortDigest(digest)}: the stored manifest has digest`,
  },
  "another-file": {
    tamper: ({ mlflow }, { run }, { files }) =>
      mlflow.uploadArtifact(
        run,
        "model/model.onnx",
        new Uint8Array([...(files.get("model.onnx") ?? []), 0]),
      ),
    reason: () => "model.onnx is not the file that the manifest names",
  },
};

export interface UnfitModel {
  model: string;
  /** As a stack file has it. */
  config: Record<string, unknown>;
  reason: string;
}

/** Registers one unfit release of each kind, all made of one that was really trained. */
export function registerUnfit(place: TargetPlace, trained: Trained): Promise<UnfitModel[]> {
  return Promise.all(
    Object.entries(unfit).map(async ([model, { evidence, tamper, maxAge, reason }]) => {
      const crafted = await register(place, trained, model, evidence);
      await tamper?.(place, crafted, trained);
      const config = {
        blue: { release: shortDigest(crafted.digest), from: "dev" },
        gates: [{ metric: "accuracy", above: bound }],
        ...(maxAge === undefined ? {} : { maxAge }),
      };
      return { model, config, reason: reason(crafted) };
    }),
  );
}
