import type { DriftBaseline } from "../../contracts/baseline.ts";
import type { InputExample } from "../../contracts/input-example.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { ParameterValues, WorkloadDeclaration } from "../../contracts/workload.ts";

/** A file that comes with the workload: other bytes under the same version are refused. */
export interface BundledDataSet {
  kind: "bundled";
  name: string;
  version: string;
  /** SHA-256 of the file's bytes. */
  sha256: string;
  file: URL;
}

/** Data that a workload makes itself; the same parameters give the same bytes. */
export interface GeneratedDataSet {
  kind: "generated";
  name: string;
  version: string;
  make(parameters: ParameterValues): Promise<Uint8Array>;
}

/** What a workload is trained on where the configuration names no data set. */
export type DataSetSource = BundledDataSet | GeneratedDataSet;

export interface DataSet<Data> {
  data: Data;
  rows: number;
  /** What was noticed and dealt with, in sentences. */
  warnings: readonly string[];
}

export interface TrainingContext {
  /** Name of the model that is trained. */
  model: string;
  /** Checked against the declaration, defaults filled in. */
  parameters: ParameterValues;
  dataSha256: string;
  /** Aborted when the process is asked to end: training stops at its next interval. */
  signal: AbortSignal;
  /** Takes what was measured in each of some steps; `firstStep` counts from 1. */
  progress(firstStep: number, traces: Readonly<Record<string, ArrayLike<number>>>): void;
  /** Where a training that takes long goes on after an interruption. */
  checkpoints: Checkpoints;
  /** Keeps a file with the run, such as a plot; it is no part of the release. */
  artifact(path: string, content: Uint8Array): Promise<void>;
}

/** All that a training needs to go on, bit for bit: numbers by name, and vectors by name. */
export interface Checkpoint {
  /** Optimiser steps that were made. */
  step: number;
  vectors: Readonly<Record<string, Float32Array>>;
  /** Such as the state of a random generator. */
  numbers?: Readonly<Record<string, number>>;
}

export interface Checkpoints {
  /** The last checkpoint that an earlier attempt of the same Job left whole. */
  last(): Promise<Checkpoint | undefined>;
  /**
   * Offers one after some steps; it is written when it is due, or when the process is asked to end, so this may be called
   * often. Its vectors must not be changed afterwards. A training has one series of them, counted by `step`.
   */
  offer(checkpoint: Checkpoint): Promise<void>;
}

export interface TrainedModel {
  /** An ONNX file: named inputs, dynamic batch, preprocessing inside. */
  model: Uint8Array;
  contract: ModelContract;
  baseline?: DriftBaseline;
  /** ONNX files by which a server without automatic differentiation checks its own answers. */
  graphs?: Partial<Record<"residual" | "boundary" | "initial", Uint8Array>>;
  /** What a server warms the model up with, and what MLflow shows. */
  example?: InputExample;
}

/** A kind of model that can be trained. Everything about it that a user may meet is in its declaration. */
export interface WorkloadDefinition<Data> {
  declaration: WorkloadDeclaration;
  dataSet: DataSetSource;
  /** Short name of what minimises the loss, kept as lineage. */
  optimiser: string;
  /**
   * Reads and checks a data set's bytes.
   * @throws BadInputError where nothing should be trained on them
   */
  read(bytes: Uint8Array, parameters: ParameterValues): DataSet<Data>;
  /** @throws DivergedError where the loss becomes NaN or infinite */
  train(data: Data, context: TrainingContext): Promise<TrainedModel>;
  /** Measures the trained model: one value for every declared metric. */
  evaluate(
    data: Data,
    trained: TrainedModel,
    context: TrainingContext,
  ): Promise<Record<string, number>>;
  /**
   * Measures a finished model on the held-out rows and trains nothing: what two releases are compared by.
   * @default evaluate
   */
  score?(
    data: Data,
    trained: TrainedModel,
    context: TrainingContext,
  ): Promise<Record<string, number>>;
}

/** A workload whose data only it looks into. */
export type Workload = WorkloadDefinition<unknown>;

/** Makes a workload of a definition; the type of its data is checked here and of no concern outside. */
export function defineWorkload<Data>(definition: WorkloadDefinition<Data>): Workload {
  return definition as Workload;
}
