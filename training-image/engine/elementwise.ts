import { elementCount, inOrder, type Tensor } from "./tensor.ts";

const operators = {
  Add: (a: string, b: string) => `${a} + ${b}`,
  Sub: (a: string, b: string) => `${a} - ${b}`,
  Mul: (a: string, b: string) => `${a} * ${b}`,
  Div: (a: string, b: string) => `${a} / ${b}`,
  Sqrt: (a: string) => `Math.sqrt(${a})`,
};

/**
 * Computes the elements from `from` until `to`.
 * @param vectors by the names of inputs, from which is read
 * @param scalars float32 numbers, by the names of inputs
 * @param into by the names of outputs, to which is written; may be the same memory
 */
export type ElementwiseLoop = (
  vectors: Readonly<Record<string, Float32Array>>,
  scalars: Readonly<Record<string, number>>,
  into: Readonly<Record<string, Float32Array>>,
  from: number,
  to: number,
) => void;

/**
 * Expressions of float32 vectors of one length and of scalars as the text of a loop over their elements, so that threads
 * can be sent it: sums, differences, products, quotients and square roots. To the bit what onnxruntime computes: an
 * operation of two float32 numbers that is done in double precision and rounded once more is the float32 operation.
 * Such a loop costs less than a run of a session, whose binding copies every output, and leaves V8 nothing to collect.
 * @throws Error where they hold anything else
 */
export function elementwiseSource(outputs: Readonly<Record<string, Tensor>>): string {
  const names = new Map<Tensor, string>();
  const nameOf = (tensor: Tensor) => names.get(tensor) as string;
  const [before, within]: [string[], string[]] = [[], []];
  inOrder(Object.values(outputs)).forEach((tensor, index) => {
    const name = `x${index}`;
    names.set(tensor, name);
    if (tensor.type !== "float32") throw new Error(`element by element: it has ${tensor.type}`);
    if (tensor.kind === "constant") {
      if (elementCount(tensor.shape) !== 1) {
        throw new Error(`element by element: it has a constant of [${tensor.shape.join(", ")}]`);
      }
      before.push(`const ${name} = ${Number(tensor.data[0])};`);
    } else if (tensor.kind === "input") {
      const key = JSON.stringify(tensor.name);
      if (tensor.shape.length === 0) before.push(`const ${name} = scalars[${key}];`);
      else {
        before.push(`const all_${name} = vectors[${key}];`);
        within.push(`const ${name} = all_${name}[i];`);
      }
    } else {
      within.push(`const ${name} = fround(${expressionOf(tensor, nameOf)});`);
    }
  });
  const written = Object.entries(outputs).map(([key, tensor], index) => {
    before.push(`const into_${index} = into[${JSON.stringify(key)}];`);
    return `into_${index}[i] = ${nameOf(tensor)};`;
  });
  return [
    "const { fround } = Math;",
    ...before,
    "for (let i = from; i < to; i++) {",
    ...within,
    ...written,
    "}",
  ].join("\n");
}

function expressionOf(tensor: Tensor, nameOf: (tensor: Tensor) => string): string {
  const operator = tensor.kind === "operation" ? tensor.operator : tensor.kind;
  if (tensor.kind !== "operation" || !Object.hasOwn(operators, operator)) {
    const known = Object.keys(operators).join(", ");
    throw new Error(`element by element: there are ${known}, it has ${operator}`);
  }
  const [a = "", b = ""] = tensor.inputs.map(nameOf);
  return operators[operator as keyof typeof operators](a, b);
}

/** @param source what `elementwiseSource` wrote */
export function elementwiseLoop(source: string): ElementwiseLoop {
  // The text is this file's own: of the program's values it has numbers and quoted names.
  return new Function("vectors", "scalars", "into", "from", "to", source) as ElementwiseLoop;
}
