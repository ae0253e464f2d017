/** Element types the engine computes with; `float64` is for checking gradients. */
export type ElementType = "float32" | "float64" | "int64" | "bool";

/** A size, or the name of one that is known only when the graph runs ("batch"). */
export type Size = number | string;
export type Shape = readonly Size[];

export type Elements = Float32Array | Float64Array | BigInt64Array;

/** ONNX attributes; integers and lists of integers are all that our operators need. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>;

interface Typed {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** A value that is fed when the graph runs. */
export interface Input extends Typed {
  readonly kind: "input";
  readonly name: string;
}

/** A value that is part of the graph. */
export interface Constant extends Typed {
  readonly kind: "constant";
  readonly data: Elements;
}

/** A value that an operator computes. Nothing is computed until a graph made of it runs. */
export interface Operation extends Typed {
  readonly kind: "operation";
  readonly operator: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  /** Gradients of the inputs by the gradient of the result; undefined for inputs that have none. */
  readonly pullback?: Pullback;
}

export type Tensor = Input | Constant | Operation;
export type Pullback = (gradient: Tensor, result: Tensor) => readonly (Tensor | undefined)[];

export function input(name: string, shape: Shape, type: ElementType = "float32"): Input {
  return { kind: "input", name, shape, type };
}

/** @throws RangeError where the number of elements is not the one that the shape asks for. */
export function constant(data: Elements, shape: readonly number[]): Constant {
  const wanted = elementCount(shape);
  if (data.length !== wanted) {
    throw new RangeError(`constant of shape [${shape.join(", ")}] has ${data.length} elements`);
  }
  return { kind: "constant", data, shape, type: elementType(data) };
}

/** A constant without dimensions, of the same element type as another tensor. */
export function scalar(value: number, like: Tensor): Constant {
  const data = like.type === "float64" ? Float64Array.of(value) : Float32Array.of(value);
  return constant(data, []);
}

/** @throws RangeError where a size is known only when the graph runs. */
export function elementCount(shape: Shape): number {
  return shape.reduce<number>((count, size) => {
    if (typeof size === "string") throw new RangeError(`size '${size}' is not known beforehand`);
    return count * size;
  }, 1);
}

/**
 * Shape of an element-wise result by the rules of ONNX (and NumPy): aligned from the right, 1 stretches.
 * @throws RangeError where the shapes do not go together.
 */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (x === y || y === 1) return x;
    if (x === 1) return y;
    throw new RangeError(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`);
  });
}

function elementType(data: Elements): ElementType {
  if (data instanceof Float64Array) return "float64";
  return data instanceof Float32Array ? "float32" : "int64";
}
