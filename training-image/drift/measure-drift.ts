import { DriftResult, type DriftVerdict } from "../../contracts/drift.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { shortDigest } from "../../contracts/release.ts";
import { Labels } from "./labels.ts";
import { type LogPlace, readLog, type Window } from "./read-log.ts";
import { ReleaseView } from "./release-view.ts";
import { Told } from "./told.ts";

export interface DriftOptions extends LogPlace {
  objects: Pick<ObjectStore, "get" | "putOnce" | "list">;
  window: Window;
  /** Full digest. @default every release that answered in the window */
  release?: string | undefined;
  /** Rows under which nothing is said about drift. */
  minimumRows: number;
  /** PSI from which a feature counts as drifted. */
  threshold: number;
  signal?: AbortSignal;
}

/**
 * Measures the drift of each release that answered in a window, over its logged production inputs (SPEC U-14). Answers of
 * a shadow are measured like any other: its inputs are the same traffic.
 * @returns one result a release; where no release answered, one without
 * @throws Error where a release that answered is not in the store
 */
export async function measureDrift(options: DriftOptions): Promise<DriftResult[]> {
  const { window, objects, bucket } = options;
  const isInside = (time: string) => {
    const at = Date.parse(time);
    return at >= window.from.getTime() && at < window.to.getTime();
  };
  const labels = new Labels();
  const told = new Told(window);
  for await (const line of readLog("feedback", options, window)) {
    if (line === undefined) told.unreadable++;
    else if (line.schema === "isotherm.dev/feedback-record/v1" && isInside(line.time)) {
      labels.add(line);
    }
  }
  const views = new Map<string, ReleaseView>();
  const viewOf = async (release: string) => {
    const known = views.get(release);
    if (known !== undefined) return known;
    const view = await ReleaseView.open(objects, bucket, release);
    views.set(release, view);
    return view;
  };
  if (options.release !== undefined) await viewOf(options.release);
  for await (const line of readLog("audit", options, window)) {
    options.signal?.throwIfAborted();
    if (line === undefined) told.unreadable++;
    else if (line.schema === "isotherm.dev/audit-counts/v1") told.count(line);
    else if (line.schema === "isotherm.dev/audit-record/v1" && isInside(line.time)) {
      if (options.release !== undefined && line.release !== options.release) continue;
      const view = await viewOf(line.release);
      view.add(line);
      labels.answered(line.requestId, line.release, () => view.predictionsOf(line));
    }
  }
  // Labels may be about answers of before the window.
  if (options.release === undefined) for (const release of labels.releases) await viewOf(release);
  if (views.size === 0) return [result(options, told, undefined, labels)];
  return [...views.values()].map((view) => result(options, told, view, labels));
}

function result(
  options: DriftOptions,
  told: Told,
  view: ReleaseView | undefined,
  labels: Labels,
): DriftResult {
  const { environment, model, window, threshold } = options;
  const { verdict, message } = judge(options, told, view);
  const features = verdict === "measured" ? (view?.features ?? []) : [];
  const first = features[0];
  const worst = features.reduce((most, each) => (each.psi > most.psi ? each : most), first ?? none);
  const quality = view && labels.quality(view);
  const predictionPsi = verdict === "measured" ? view?.predictionPsi : undefined;
  return DriftResult.parse({
    schema: "isotherm.dev/drift/v1",
    environment,
    model,
    ...(view === undefined ? {} : { release: view.release }),
    window: { from: window.from.toISOString(), to: window.to.toISOString() },
    verdict,
    message,
    records: view?.records ?? 0,
    rows: view?.rows ?? 0,
    observed: told.observed,
    lost: told.lost,
    unreadable: told.unreadable,
    features,
    redacted: [...(view?.redacted ?? [])],
    ...(first === undefined
      ? {}
      : {
          psi: {
            max: worst.psi,
            maxFeature: worst.name,
            mean: features.reduce((sum, { psi }) => sum + psi, 0) / features.length,
          },
          drifted: {
            threshold,
            share: features.filter(({ psi }) => psi >= threshold).length / features.length,
          },
        }),
    ...(predictionPsi === undefined ? {} : { prediction: { psi: predictionPsi } }),
    ...(quality === undefined ? {} : { quality }),
  });
}

const none = { name: "", psi: 0, values: 0, missing: 0 };

function judge(
  { minimumRows }: Pick<DriftOptions, "minimumRows">,
  told: Told,
  view: ReleaseView | undefined,
): { verdict: DriftVerdict; message: string } {
  const { missing } = told;
  if (view === undefined || view.records === 0) {
    // Answers of another release are none of this one's.
    if (view !== undefined && told.observed > 0 && missing === 0) {
      return { verdict: "no-traffic", message: "the release answered nothing in the window" };
    }
    return told.silence();
  }
  const release = `release ${shortDigest(view.release)}`;
  if (view.baseline === undefined) {
    const message = `${release} has no drift baseline: register it with one to measure drift`;
    return { verdict: "no-baseline", message };
  }
  if (view.inputRows === 0 || view.features.length === 0) {
    const message = `the log has answers of ${release} without inputs: set \`audit.log: all\`, or redact less`;
    return { verdict: "inputs-not-logged", message };
  }
  if (view.inputRows < minimumRows) {
    const message = `${view.inputRows} rows of ${release}, at least ${minimumRows} are needed`;
    if (view.records + missing >= minimumRows) {
      return { verdict: "logs-lost", message: `${message}; ${missing} records were lost` };
    }
    return { verdict: "not-enough-data", message };
  }
  return { verdict: "measured", message: `${view.inputRows} rows of ${release}` };
}
