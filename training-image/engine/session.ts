import "./no-telemetry.ts";
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { elementCount, type Elements, elementType } from "./tensor.ts";

export interface Value {
  data: Elements;
  shape: readonly number[];
}

/** The one place that touches onnxruntime. One thread, so that the same inputs give the same bits. */
export class Session {
  readonly #session: InferenceSession;

  private constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @throws Error where the bytes are not a graph that onnxruntime can run. */
  static async open(model: Uint8Array): Promise<Session> {
    const session = await InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: "sequential",
      logSeverityLevel: 3,
    });
    return new Session(session);
  }

  /** @throws Error where a feed is missing or has another type or shape than the graph wants. */
  async run(feeds: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
    const tensors = Object.entries(feeds).map(([name, value]) => [name, runtimeTensor(value)]);
    const results = await this.#session.run(Object.fromEntries(tensors));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        { data: tensor.data as Elements, shape: tensor.dims },
      ]),
    );
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** One output of a run. @throws Error where the graph has none of that name. */
export function outputOf(results: Readonly<Record<string, Value>>, name: string): Value {
  const value = results[name];
  if (value === undefined) throw new Error(`the graph has no output '${name}'`);
  return value;
}

function runtimeTensor({ data, shape }: Value): RuntimeTensor {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(`a value of shape [${shape.join(", ")}] has ${data.length} elements`);
  }
  return new RuntimeTensor(elementType(data), data, shape);
}
