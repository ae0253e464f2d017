/** Element types the engine computes with; `float64` is for checking gradients, `string` for raw categories. */
export type ElementType = "float32" | "float64" | "int32" | "int64" | "bool" | "string";

/** A size, or the name of one that is known only when the graph runs ("batch"). */
export type Size = number | string;
export type Shape = readonly Size[];

/** Booleans are bytes of 0 or 1. */
export type Elements =
  Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array | readonly string[];

/** ONNX attributes; integers, lists of integers and strings are all that our operators need. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface Typed {
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
  readonly serial: number;
}

/** A node with several results, or with a graph of its own (the body of a loop). */
export interface Block {
  readonly operator: string;
  /** Undefined where an optional input is left out. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Attributes;
  readonly results: readonly Typed[];
  readonly body?: Body;
  /** Gradients of the inputs by those of the results; undefined for results that nothing depends on. */
  readonly pullback?: BlockPullback;
}

/** A graph within a graph. It may use tensors of the enclosing one: these are its captures. */
export interface Body {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Tensor[];
  readonly captures: readonly Tensor[];
}

/** One of the results of a block. */
export interface BlockResult extends Typed {
  readonly kind: "result";
  readonly block: Block;
  readonly index: number;
  readonly serial: number;
}

export type Tensor = Input | Constant | Operation | BlockResult;
export type BlockPullback = (
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];
/** Undefined for inputs to which no gradient flows: indices, conditions, or where the derivative is 0. */
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
  return constant(elements(like.type, [value]), []);
}

/** A constant of one dimension. */
export function vector(values: readonly number[], type: ElementType = "float32"): Constant {
  return constant(elements(type, values), [values.length]);
}

/** A constant of two dimensions, by rows. @throws RangeError where rows differ in length. */
export function matrix(
  rows: readonly (readonly number[])[],
  type: ElementType = "float32",
): Constant {
  return constant(elements(type, rows.flat()), [rows.length, rows[0]?.length ?? 0]);
}

export function zeros(shape: readonly number[], type: ElementType = "float32"): Constant {
  return constant(elements(type, new Array<number>(elementCount(shape)).fill(0)), shape);
}

function elements(type: ElementType, values: readonly number[]): Elements {
  if (type === "string") return values.map(String);
  if (type === "float32") return Float32Array.from(values);
  if (type === "float64") return Float64Array.from(values);
  if (type === "int32") return Int32Array.from(values);
  return type === "bool" ? Uint8Array.from(values) : BigInt64Array.from(values.map(BigInt));
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

/** The element type that an array holds. */
export function elementType(data: Elements): ElementType {
  if (Array.isArray(data)) return "string";
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Float64Array) return "float64";
  if (data instanceof Int32Array) return "int32";
  return data instanceof Uint8Array ? "bool" : "int64";
}

/** The results of a block, in order. */
export function resultsOf(block: Block): BlockResult[] {
  const serial = nextSerial();
  return block.results.map((typed, index) => ({ kind: "result", block, index, serial, ...typed }));
}

let serials = 0;

/** A number for what is computed, in the order in which programs write it down. */
export function nextSerial(): number {
  return serials++;
}

/** The number of what is computed; less than any where nothing is. */
export function serialOf(tensor: Tensor): number {
  return "serial" in tensor ? tensor.serial : -1;
}

/** What a tensor is directly computed from. */
export function sourcesOf(tensor: Tensor): readonly Tensor[] {
  if (tensor.kind === "operation") return tensor.inputs;
  if (tensor.kind !== "result") return [];
  const { inputs, body } = tensor.block;
  return [...inputs.filter((source) => source !== undefined), ...(body?.captures ?? [])];
}

/** Every tensor that some others are made of, each after its own sources. */
export function inOrder(tensors: readonly Tensor[]): Tensor[] {
  const ordered = new Set<Tensor>();
  const visit = (tensor: Tensor): void => {
    if (ordered.has(tensor)) return;
    sourcesOf(tensor).forEach(visit);
    ordered.add(tensor);
  };
  tensors.forEach(visit);
  return [...ordered];
}
