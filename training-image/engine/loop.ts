import { create } from "@bufbuild/protobuf";
import { GraphProtoSchema } from "onnx-buf";
import { graphProto } from "./emit.ts";
import { modelBytes, nodeProto, valueInfo } from "./proto.ts";
import { input, type Input, type Tensor } from "./tensor.ts";

export interface LoopOptions {
  name: string;
  /** What is fed once a run and stays the same in every step. */
  inputs: readonly Input[];
  /** What a step hands to the next one, by name. */
  state: Readonly<Record<string, { before: Input; after: Tensor }>>;
  /** Scalars that are kept of every step, by name. */
  traces: Readonly<Record<string, Tensor>>;
}

/** Number of the step within a run, from 0: an int64 scalar that the expressions of a loop may use. */
export const iteration = input("iteration", [], "int64");

/** Input that says how many steps a run makes. */
export const stepsInput = "steps";

/**
 * An ONNX file that makes many steps in one run: call overhead is paid once, and state stays in the runtime.
 * Inputs: `steps` (int64 scalar), the fixed inputs and the state; outputs: `<state>_after`, and each trace as a vector.
 */
export function emitLoop(options: LoopOptions): Uint8Array {
  const { inputs, state, traces } = options;
  const going = input("going", [], "bool");
  const before = Object.values(state).map((item) => item.before);
  const body = graphProto({
    name: `${options.name}_step`,
    prefix: "step_",
    inputs: [iteration, going, ...before],
    enclosing: inputs,
    outputs: {
      still_going: going,
      ...mapKeys(state, (name, item) => [`next_${name}`, item.after]),
      ...mapKeys(traces, (name, tensor) => [`step_${name}`, tensor]),
    },
  });
  const startNames = before.map((tensor) => `${tensor.name}_before`);
  const after = Object.entries(state).map(([name, item]) => ({ name: `${name}_after`, ...item }));
  const outputNames = [...after.map((item) => item.name), ...Object.keys(traces)];
  return modelBytes(
    create(GraphProtoSchema, {
      name: options.name,
      node: [nodeProto("Loop", [stepsInput, "", ...startNames], outputNames, {}, body)],
      input: [
        valueInfo(stepsInput, "int64", []),
        ...inputs.map((tensor) => valueInfo(tensor.name, tensor.type, tensor.shape)),
        ...before.map((tensor, index) =>
          valueInfo(startNames[index] as string, tensor.type, tensor.shape),
        ),
      ],
      output: [
        ...after.map((item) => valueInfo(item.name, item.before.type, item.before.shape)),
        ...Object.entries(traces).map(([name, { type }]) => valueInfo(name, type, [stepsInput])),
      ],
    }),
  );
}

function mapKeys<T>(
  record: Readonly<Record<string, T>>,
  entry: (name: string, value: T) => [string, Tensor],
): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => entry(name, value)));
}
