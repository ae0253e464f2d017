import { add, plusProduct } from "./ops.ts";
import { type Block, type BlockResult, inOrder, type Operation } from "./tensor.ts";
import { scalar, sourcesOf, type Tensor } from "./tensor.ts";

type Derived = Operation | BlockResult;

/**
 * Derivatives of a scalar, by reverse mode: expressions like any other, to be emitted or derived again.
 * @returns one gradient for each of `variables`, of its shape
 * @throws Error where the value is no scalar, does not depend on a variable (or only in steps), or does so through
 *   an operator that has no gradient.
 */
export function gradients(value: Tensor, variables: readonly Tensor[]): Tensor[] {
  if (value.shape.length !== 0) {
    throw new Error(`gradients: the value must be a scalar, not [${value.shape.join(", ")}]`);
  }
  const dependents = dependentsOf(value, variables);
  const needed = new Set<Tensor>([...variables, ...dependents]);
  const firstOf = new Map<Block, BlockResult>();
  for (const tensor of dependents) {
    if (tensor.kind === "result" && !firstOf.has(tensor.block)) firstOf.set(tensor.block, tensor);
  }
  const gradientOf = new Map<Tensor, Tensor>([[value, scalar(1, value)]]);
  const handOn = (source: Tensor | undefined, part: Tensor | undefined, from?: Tensor): void => {
    if (source === undefined || part === undefined || !needed.has(source)) return;
    const sofar = gradientOf.get(source);
    gradientOf.set(source, sofar === undefined ? part : plus(sofar, part, part !== from));
  };
  for (const tensor of dependents.toReversed()) {
    const gradient = gradientOf.get(tensor);
    if (tensor.kind === "operation") {
      if (gradient === undefined) continue;
      const parts = pull(tensor, gradient);
      tensor.inputs.forEach((source, index) => handOn(source, parts[index], gradient));
      // The first result of a block comes last: by then, what the others hand on is complete.
    } else if (firstOf.get(tensor.block) === tensor) {
      const parts = pullBlock(tensor.block, dependents, gradientOf);
      tensor.block.inputs.forEach((source, index) => handOn(source, parts[index]));
    }
  }
  return variables.map((variable, index) => {
    const gradient = gradientOf.get(variable);
    if (gradient === undefined) {
      const name = variable.kind === "input" ? `'${variable.name}'` : `number ${index}`;
      throw new Error(`gradients: the value does not depend on variable ${name}`);
    }
    return gradient;
  });
}

/** What lies on a way from a variable to the value; only these need gradients. */
function dependentsOf(value: Tensor, variables: readonly Tensor[]): Derived[] {
  const reached = new Set<Tensor>(variables);
  const dependents: Derived[] = [];
  for (const tensor of inOrder([value])) {
    if (reached.has(tensor) || !sourcesOf(tensor).some((source) => reached.has(source))) continue;
    reached.add(tensor);
    dependents.push(tensor as Derived);
  }
  return dependents;
}

/** A sum of gradients; a matrix product that nothing else uses takes the other one along. */
function plus(sofar: Tensor, part: Tensor, isNew: boolean): Tensor {
  return (isNew ? plusProduct(sofar, part) : undefined) ?? add(sofar, part);
}

function pull(operation: Operation, gradient: Tensor): readonly (Tensor | undefined)[] {
  if (operation.pullback === undefined) throw withoutGradient(operation.operator);
  return operation.pullback(gradient, operation);
}

function pullBlock(
  block: Block,
  dependents: readonly Derived[],
  gradientOf: ReadonlyMap<Tensor, Tensor>,
): readonly (Tensor | undefined)[] {
  const ofResults = block.results.map((_, index) => {
    const result = dependents.find(
      (tensor) => tensor.kind === "result" && tensor.block === block && tensor.index === index,
    );
    return result && gradientOf.get(result);
  });
  if (ofResults.every((gradient) => gradient === undefined)) return [];
  if (block.pullback === undefined) throw withoutGradient(block.operator);
  return block.pullback(ofResults);
}

function withoutGradient(operator: string): Error {
  return new Error(`gradients: operator ${operator} has no gradient`);
}
