import type { InferenceSession } from "onnxruntime-node";
import type { ModelContract, TensorSpec } from "../../../contracts/model-contract.ts";
import { runtimeType } from "./elements.ts";

/** Every way in which a contract and its graph disagree, in words; none where they agree. */
export function contractProblems(
  contract: ModelContract,
  graph: Pick<InferenceSession, "inputMetadata" | "outputMetadata">,
): string[] {
  const outputs = contract.outputs.map((tensor) => tensor.name);
  const problems = [
    ...sideProblems("input", contract.inputs, graph.inputMetadata),
    ...sideProblems("output", contract.outputs, graph.outputMetadata),
  ];
  for (const field of ["predictions", "probabilities"] as const) {
    const name = contract[field];
    if (name !== undefined && !outputs.includes(name)) {
      problems.push(`${field}: there is no output '${name}'`);
    }
  }
  const [input, ...others] = contract.inputs;
  const width = input?.shape[1];
  if (others.length === 0 && input?.shape.length === 2 && width !== contract.features.length) {
    problems.push(`features: ${contract.features.length} named, '${input.name}' takes ${width}`);
  }
  return problems;
}

function sideProblems(
  side: "input" | "output",
  specs: readonly TensorSpec[],
  metadata: readonly InferenceSession.ValueMetadata[],
): string[] {
  const problems: string[] = [];
  const named = new Map(metadata.map((tensor) => [tensor.name, tensor]));
  for (const spec of specs) {
    const tensor = named.get(spec.name);
    if (tensor === undefined) problems.push(`${side} '${spec.name}' is not in the graph`);
    else problems.push(...tensorProblems(side, spec, tensor));
  }
  // Every input of a graph must be fed; an output that nobody asks for does no harm.
  if (side === "input") {
    const known = new Set(specs.map((spec) => spec.name));
    for (const { name } of metadata) {
      if (!known.has(name)) problems.push(`input '${name}' of the graph is not in the contract`);
    }
  }
  return problems;
}

function tensorProblems(
  side: string,
  spec: TensorSpec,
  tensor: InferenceSession.ValueMetadata,
): string[] {
  const name = `${side} '${spec.name}'`;
  if (!tensor.isTensor) return [`${name} is not a tensor in the graph`];
  const wanted = runtimeType(spec.dataType);
  const problems: string[] = [];
  if (tensor.type !== wanted) {
    problems.push(`${name} is ${spec.dataType} in the contract, ${tensor.type} in the graph`);
  }
  const { shape } = tensor;
  const agrees =
    spec.shape[0] === -1 &&
    shape.length === spec.shape.length &&
    spec.shape.every((size, axis) => typeof shape[axis] === "string" || shape[axis] === size);
  if (!agrees) {
    const written = shape.map((size) => (typeof size === "string" ? -1 : size));
    problems.push(
      `${name} has shape [${spec.shape.join(", ")}] in the contract, [${written.join(", ")}] in the graph`,
    );
  }
  return problems;
}
