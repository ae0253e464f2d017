import { add, plusProduct } from "./ops.ts";
import { inOrder, type Operation, scalar, type Tensor } from "./tensor.ts";

/**
 * Derivatives of a scalar, by reverse mode: expressions like any other, to be emitted or derived again.
 * @returns one gradient for each of `variables`, of its shape
 * @throws Error where the value is no scalar, does not depend on a variable, or does so through an operator
 *   that has no gradient.
 */
export function gradients(value: Tensor, variables: readonly Tensor[]): Tensor[] {
  if (value.shape.length !== 0) {
    throw new Error(`gradients: the value must be a scalar, not [${value.shape.join(", ")}]`);
  }
  const dependents = dependentsOf(value, variables);
  const needed = new Set<Tensor>([...variables, ...dependents]);
  const gradientOf = new Map<Tensor, Tensor>([[value, scalar(1, value)]]);
  for (const operation of dependents.toReversed()) {
    const gradient = gradientOf.get(operation);
    if (gradient === undefined) continue;
    const parts = pull(operation, gradient);
    operation.inputs.forEach((input, index) => {
      const part = parts[index];
      if (part === undefined || !needed.has(input)) return;
      const sofar = gradientOf.get(input);
      gradientOf.set(input, sofar === undefined ? part : plus(sofar, part, gradient));
    });
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

/** Operations on a way from a variable to the value; only these need gradients. */
function dependentsOf(value: Tensor, variables: readonly Tensor[]): Operation[] {
  const reached = new Set<Tensor>(variables);
  const dependents: Operation[] = [];
  for (const tensor of inOrder([value])) {
    if (tensor.kind !== "operation" || reached.has(tensor)) continue;
    if (!tensor.inputs.some((input) => reached.has(input))) continue;
    reached.add(tensor);
    dependents.push(tensor);
  }
  return dependents;
}

/** A sum of gradients; a matrix product that nothing else uses takes the other one along. */
function plus(sofar: Tensor, part: Tensor, handedOn: Tensor): Tensor {
  const product = part === handedOn ? undefined : plusProduct(sofar, part);
  return product ?? add(sofar, part);
}

function pull(operation: Operation, gradient: Tensor) {
  if (operation.pullback === undefined) {
    throw new Error(`gradients: operator ${operation.operator} has no gradient`);
  }
  return operation.pullback(gradient, operation);
}
