import type { Registry } from "prom-client";
import {
  metricLabels as labels,
  servingMetrics as names,
} from "../../../contracts/metric-names.ts";
import { modelLabels, type ModelSeries } from "./model-series.ts";
import { violations } from "./physics-series.ts";
import { publishCounter, publishGauge, publishHistogram, type Spread } from "./series.ts";

/** Publishes what the observing thread found out about each release. */
export function publishObserved(registry: Registry, models: () => Iterable<ModelSeries>): void {
  publishCounter(
    registry,
    {
      name: names.outOfRange,
      help: "Input values outside what training saw, by feature",
      labels: [...modelLabels, labels.feature],
    },
    function* () {
      for (const { labels: of, outOfRange } of models()) {
        for (const [feature, count] of outOfRange) yield [{ ...of, feature }, count];
      }
    },
  );
  const gauge = (
    name: string,
    help: string,
    read: (series: ModelSeries) => number | undefined,
  ): void =>
    publishGauge(registry, { name, help, labels: modelLabels }, function* () {
      for (const series of models()) {
        const value = read(series);
        if (value !== undefined) yield [series.labels, value];
      }
    });
  const { qualityAccuracy, qualityError, qualityAnswers } = names;
  gauge(
    qualityAccuracy,
    "Share of right predictions among the newest labelled rows",
    ({ quality }) => quality?.accuracy,
  );
  gauge(
    qualityError,
    "Mean absolute error of the newest labelled rows",
    ({ quality }) => quality?.error,
  );
  gauge(qualityAnswers, "Labelled rows that these are of", ({ quality }) => quality?.rows);
  gauge(
    names.physicsResidualMeanSquare,
    "Mean square of the equation's residual over the newest sampled rows",
    ({ physics }) => physics.meanSquare,
  );
  const histogram = (
    name: string,
    help: string,
    read: (series: ModelSeries) => Spread | undefined,
  ): void =>
    publishHistogram(
      registry,
      { name, help, labels: modelLabels, buckets: violations },
      function* () {
        for (const series of models()) {
          const spread = read(series);
          if (spread !== undefined && spread.count > 0) yield [series.labels, spread];
        }
      },
    );
  histogram(
    names.physicsResidual,
    "Size of the equation's residual at sampled rows",
    ({ physics }) => physics.residual,
  );
  histogram(
    names.physicsBoundary,
    "How far the boundary condition is missed beside sampled rows",
    ({ physics }) => physics.boundary,
  );
  histogram(
    names.physicsInitial,
    "How far the initial condition is missed at sampled rows",
    ({ physics }) => physics.initial,
  );
  publishCounter(
    registry,
    {
      name: names.physicsSamples,
      help: "Rows drawn for a look at the physics, by what came of it",
      labels: [...modelLabels, labels.result],
    },
    function* () {
      for (const { labels: of, physics } of models()) {
        const looked = physics.residual.count;
        if (looked + physics.skipped === 0) continue;
        yield [{ ...of, result: "evaluated" }, looked];
        yield [{ ...of, result: "skipped" }, physics.skipped];
      }
    },
  );
}
