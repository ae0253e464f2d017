import "./no-telemetry.ts";
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import {
  configuredExecutionProvider,
  type ExecutionProvider,
  notStarted,
} from "./execution-provider.ts";
import { mapEntries } from "./records.ts";
import { elementCount, type Elements, elementType } from "./tensor.ts";

export interface Value {
  data: Elements;
  shape: readonly number[];
}

export interface SessionOptions {
  /** @default what the environment names, or the processor */
  executionProvider?: ExecutionProvider;
}

type Runtime = typeof import("onnxruntime-node");

/**
 * The one place that runs graphs. One thread, so that the same inputs give the same bits. The runtime is loaded with
 * the first session: what only declares or builds graphs does without.
 */
export class Session {
  readonly executionProvider: ExecutionProvider;
  readonly #session: InferenceSession;
  readonly #runtime: Runtime;

  private constructor(
    session: InferenceSession,
    executionProvider: ExecutionProvider,
    runtime: Runtime,
  ) {
    this.#session = session;
    this.executionProvider = executionProvider;
    this.#runtime = runtime;
  }

  /**
   * @throws ExecutionProviderError where what should run the graph is missing; Error where the bytes are not a graph
   *   that onnxruntime can run
   */
  static async open(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
    const { executionProvider = configuredExecutionProvider() } = options;
    const [runtime, { requireExecutionProvider }] = await Promise.all([
      import("onnxruntime-node"),
      import("./runtime.ts"),
    ]);
    requireExecutionProvider(executionProvider);
    const create = (executionProviders: ExecutionProvider[]) =>
      runtime.InferenceSession.create(model, {
        executionProviders,
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        logSeverityLevel: 3,
      });
    try {
      return new Session(await create([executionProvider]), executionProvider, runtime);
    } catch (error) {
      if (executionProvider === "cpu") throw error;
      // A graph that the processor refuses as well is at fault itself.
      await (await create(["cpu"])).release();
      throw notStarted(executionProvider, error);
    }
  }

  /**
   * @param into where the runtime is to write some of the outputs; what is not named it makes place for
   * @throws Error where a feed or such a place is missing or has another type or shape than the graph wants
   */
  async run(
    feeds: Readonly<Record<string, Value>>,
    into: Readonly<Record<string, Value>> = {},
  ): Promise<Record<string, Value>> {
    const tensors = (values: Readonly<Record<string, Value>>) =>
      mapEntries(values, (name, value) => [name, runtimeTensor(this.#runtime, value)]);
    const unknown = Object.keys(into).find((name) => !this.outputNames.includes(name));
    if (unknown !== undefined) throw new Error(`the graph has no output '${unknown}'`);
    const anywhere = Object.fromEntries(this.outputNames.map((name) => [name, null]));
    const results = await this.#session.run(tensors(feeds), { ...anywhere, ...tensors(into) });
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

function runtimeTensor(runtime: Runtime, { data, shape }: Value): RuntimeTensor {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(`a value of shape [${shape.join(", ")}] has ${data.length} elements`);
  }
  return new runtime.Tensor(elementType(data), data, shape);
}
