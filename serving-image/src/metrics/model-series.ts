import { metricLabels as labels } from "../../../contracts/metric-names.ts";
import type { AnswerLineage } from "../model/model.ts";
import type { Quality, Reading } from "../observer/messages.ts";
import { PhysicsSeries } from "./physics-series.ts";
import { type Labels, Spread } from "./series.ts";

export const modelLabels = [
  labels.modelName,
  labels.modelVersion,
  labels.release,
  labels.slot,
  labels.dataVersion,
  labels.image,
] as const;

export const seconds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
export const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 1024, 4096];
/** What the observing thread tells of one loaded release. */
type ModelReading = Extract<Reading, { key: number }>;

/** What is counted of one release while it is served: plain fields, read when somebody scrapes. */
export class ModelSeries {
  readonly labels: Labels;
  rows = 0;
  readonly duration = new Spread(seconds);
  inlineRuns = 0;
  workerRuns = 0;
  readonly batchRows = new Spread(batchSizes);
  nanAnswers = 0;
  /** By feature, of those whose range or categories the contract knows. */
  readonly outOfRange = new Map<string, number>();
  /** Absent until the first label came. */
  quality: Quality | undefined;
  readonly physics = new PhysicsSeries();

  constructor(lineage: AnswerLineage, image: string) {
    this.labels = {
      model_name: lineage.name,
      model_version: lineage.version,
      release: lineage.release,
      slot: lineage.slot,
      data_version: lineage.dataVersion,
      image,
    };
  }

  apply(reading: ModelReading): void {
    switch (reading.of) {
      case "out-of-range": {
        const { feature, count } = reading;
        this.outOfRange.set(feature, (this.outOfRange.get(feature) ?? 0) + count);
        return;
      }
      case "not-finite":
        this.nanAnswers += reading.count;
        return;
      case "quality":
        this.quality = reading.quality;
        return;
      case "physics":
        this.physics.add(reading.values);
    }
  }
}
