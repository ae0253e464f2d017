import type { Tensor } from "onnxruntime-node";
import type { ModelContract, TensorSpec } from "../../../contracts/model-contract.ts";
import type { Slot } from "../../../contracts/serving-config.ts";
import type { Placement } from "./run/placement.ts";
import type { RunQueue, Terms } from "./run/queue.ts";

/** Where an answer comes from, in every answer (SPEC G-11). */
export interface AnswerLineage {
  name: string;
  version: string;
  release: string;
  dataVersion: string;
  environment: string;
  slot: Slot;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

export interface ModelRunner {
  queue: RunQueue;
  placement: Placement;
  /** Whether the model's worker ended by itself and no other one is there yet. */
  isLost: () => boolean;
}

/** A release that is loaded, checked and warm. */
export class ServedModel {
  readonly lineage: AnswerLineage;
  readonly contract: ModelContract;
  readonly placement: Placement;
  readonly loadedAt = new Date();
  readonly #runner: ModelRunner;

  constructor(lineage: AnswerLineage, contract: ModelContract, runner: ModelRunner) {
    this.lineage = lineage;
    this.contract = contract;
    this.placement = runner.placement;
    this.#runner = runner;
  }

  /** Requests that wait for the graph to be free. */
  get queued(): number {
    return this.#runner.queue.queued;
  }

  /** Whether it cannot answer right now, because its worker is being replaced. */
  get isLost(): boolean {
    return this.#runner.isLost();
  }

  /**
   * Asks the graph. What has been asked is answered even where the model is retired meanwhile; ask in the same turn in
   * which the model was got, as a retired one that is idle is gone.
   * @param outputs names of the output tensors that are wanted
   * @param terms until when the answer is of use; without a deadline, the server's own patience
   * @throws QueueFullError, DeadlineError, AbortedError, RunFailedError, WorkerLostError
   */
  run(inputs: Tensors, outputs: readonly string[], terms?: Terms): Promise<Tensors> {
    return this.#runner.queue.run(inputs, outputs, terms);
  }

  /** Gives the graph's memory back as soon as nothing runs or waits; resolves then. */
  retire(): Promise<void> {
    return this.#runner.queue.close();
  }

  input(name: string): TensorSpec | undefined {
    return this.contract.inputs.find((tensor) => tensor.name === name);
  }

  output(name: string): TensorSpec | undefined {
    return this.contract.outputs.find((tensor) => tensor.name === name);
  }
}
