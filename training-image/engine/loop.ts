import { input, inOrder, resultsOf, type Size, sourcesOf, type Tensor } from "./tensor.ts";

export interface LoopOptions<State extends string, Trace extends string> {
  /** How many steps: an int64 scalar. */
  count: Tensor;
  /** The same number, or a name for it, as a size in the shapes of the traces. */
  size: Size;
  /** What the first step starts from; a step hands tensors of the same shapes to the next one. */
  start: Readonly<Record<State, Tensor>>;
  /** @param iteration number of the step, from 0: an int64 scalar */
  step(state: Record<State, Tensor>, iteration: Tensor): LoopStep<State, Trace>;
}

export interface LoopStep<State extends string, Trace extends string> {
  state: Record<State, Tensor>;
  /** What is kept of every step. */
  traces: Record<Trace, Tensor>;
}

/**
 * Many steps in one ONNX `Loop`: call overhead is paid once, and state stays in the runtime. What does not depend on
 * the step is computed once, before the loop. No gradient flows through it.
 * @returns the state after the last step, and each trace stacked along a new first axis
 */
export function loop<State extends string, Trace extends string>(
  options: LoopOptions<State, Trace>,
): LoopStep<State, Trace> {
  const { count, size, start, step } = options;
  const iteration = input("iteration", [], "int64");
  const going = input("going", [], "bool");
  const names = Object.keys(start) as State[];
  const before = names.map((name) => input(name, start[name].shape, start[name].type));
  const { state, traces } = step(record(names, before), iteration);
  const traceNames = Object.keys(traces) as Trace[];
  const after = names.map((name) => state[name]);
  after.forEach((tensor, index) => {
    const { name, shape } = before[index] as Tensor & { name: string };
    if (String(tensor.shape) === String(shape)) return;
    throw new RangeError(`loop: '${name}' becomes [${tensor.shape}], but started as [${shape}]`);
  });
  const kept = traceNames.map((name) => traces[name]);
  const inputs = [iteration, going, ...before];
  const outputs = [going, ...after, ...kept];
  const results = resultsOf({
    operator: "Loop",
    inputs: [count, undefined, ...names.map((name) => start[name])],
    attributes: {},
    results: [
      ...after.map(({ type, shape }) => ({ type, shape })),
      ...kept.map(({ type, shape }) => ({ type, shape: [size, ...shape] })),
    ],
    body: { inputs, outputs, captures: capturesOf(inputs, outputs) },
  });
  return {
    state: record(names, results.slice(0, names.length)),
    traces: record(traceNames, results.slice(names.length)),
  };
}

/** What a body uses that none of its own inputs has a part in. */
function capturesOf(inputs: readonly Tensor[], outputs: readonly Tensor[]): Tensor[] {
  const own = new Set(inputs);
  const captures = new Set<Tensor>();
  for (const tensor of inOrder(outputs)) {
    const sources = sourcesOf(tensor);
    if (!sources.some((source) => own.has(source))) continue;
    own.add(tensor);
    for (const source of sources) if (!own.has(source)) captures.add(source);
  }
  for (const tensor of outputs) if (!own.has(tensor)) captures.add(tensor);
  return [...captures];
}

function record<Name extends string>(
  names: readonly Name[],
  tensors: readonly Tensor[],
): Record<Name, Tensor> {
  const entries = names.map((name, index) => [name, tensors[index] as Tensor]);
  return Object.fromEntries(entries) as Record<Name, Tensor>;
}
