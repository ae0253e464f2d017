import type { DriftBaseline } from "../../contracts/baseline.ts";
import type { ModelContract } from "../../contracts/model-contract.ts";
import type { ParameterValues, WorkloadDeclaration } from "../../contracts/workload.ts";

/** A data set as a workload expects it: other bytes under the same version are refused. */
export interface DataSetSource {
  name: string;
  version: string;
  /** SHA-256 of the file's bytes. */
  sha256: string;
  file: URL;
}

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
}

export interface TrainedModel {
  /** An ONNX file: named inputs, dynamic batch, preprocessing inside. */
  model: Uint8Array;
  contract: ModelContract;
  baseline?: DriftBaseline;
  /** Values of every input for one or more rows, nested by row. */
  example: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** A kind of model that can be trained. Everything about it that a user may meet is in its declaration. */
export interface WorkloadDefinition<Data> {
  declaration: WorkloadDeclaration;
  dataSet: DataSetSource;
  /** Short name of what minimises the loss, kept as lineage. */
  optimiser: string;
  /**
   * Reads and checks the data set's bytes.
   * @throws BadInputError where nothing should be trained on them
   */
  read(bytes: Uint8Array): DataSet<Data>;
  /** @throws DivergedError where the loss becomes NaN or infinite */
  train(data: Data, context: TrainingContext): Promise<TrainedModel>;
  /** Measures the trained model: one value for every declared metric. */
  evaluate(
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
