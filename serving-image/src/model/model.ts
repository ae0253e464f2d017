import { InferenceSession, type Tensor } from "onnxruntime-node";
import type { ModelContract, TensorSpec } from "../../../contracts/model-contract.ts";
import type { Slot } from "../../../contracts/serving-config.ts";

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

/** A release that is loaded, checked and warm. */
export class ServedModel {
  readonly lineage: AnswerLineage;
  readonly contract: ModelContract;
  readonly loadedAt = new Date();
  readonly #session: InferenceSession;
  #running = 0;
  #isRetired = false;

  constructor(lineage: AnswerLineage, contract: ModelContract, session: InferenceSession) {
    this.lineage = lineage;
    this.contract = contract;
    this.#session = session;
  }

  /**
   * One run of the graph. A run that has begun is finished even where the model is retired meanwhile.
   * @param outputs names of the output tensors that are wanted
   */
  async run(inputs: Tensors, outputs: readonly string[]): Promise<Tensors> {
    this.#running++;
    try {
      return await this.#session.run(inputs, [...outputs]);
    } finally {
      this.#running--;
      await this.#releaseWhenUnused();
    }
  }

  /** Gives the graph's memory back as soon as nothing runs. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#releaseWhenUnused();
  }

  input(name: string): TensorSpec | undefined {
    return this.contract.inputs.find((tensor) => tensor.name === name);
  }

  output(name: string): TensorSpec | undefined {
    return this.contract.outputs.find((tensor) => tensor.name === name);
  }

  async #releaseWhenUnused(): Promise<void> {
    if (this.#isRetired && this.#running === 0) await this.#session.release();
  }
}
