import { createHash } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { type GraphProto, GraphProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { modelBytes, nodeProto, tensorProto, valueInfo } from "./proto.ts";
import {
  type Block,
  type BlockResult,
  type Body,
  type Constant,
  type Input,
  inOrder,
  serialOf,
  type Tensor,
} from "./tensor.ts";

export interface GraphOptions {
  name: string;
  inputs: readonly Input[];
  /** Tensors by the names under which they come out, in order. */
  outputs: Readonly<Record<string, Tensor>>;
}

/**
 * An ONNX file of some expressions, each shared part written once. The same expressions give the same bytes.
 * @throws Error where an expression uses an input that is not listed, or a name is used twice.
 */
export function emit({ name, inputs, outputs }: GraphOptions): Uint8Array {
  const scope = new Scope("");
  return modelBytes(scope.graph(name, inputs, Object.entries(outputs)));
}

/** The names of one graph: the whole file's, or that of a loop's body, which sees those around it. */
class Scope {
  readonly #prefix: string;
  readonly #names: Map<Tensor, string>;
  readonly #blocks = new Map<Block, string[]>();
  /** Names of values by how they are computed: what is computed twice is written once. */
  readonly #known: Map<string, string>;
  readonly #taken = new Set<string>();
  readonly #node: NodeProto[] = [];
  readonly #initializer: TensorProto[] = [];

  constructor(prefix: string, enclosing?: Scope) {
    this.#prefix = prefix;
    this.#names = new Map(enclosing === undefined ? [] : enclosing.#names);
    this.#known = new Map(enclosing === undefined ? [] : enclosing.#known);
  }

  graph(
    name: string,
    inputs: readonly Input[],
    outputs: readonly (readonly [string, Tensor])[],
  ): GraphProto {
    const wanted = new Map<Tensor, string>();
    for (const [outputName, tensor] of outputs) {
      this.#take(outputName);
      if (!wanted.has(tensor)) wanted.set(tensor, outputName);
    }
    for (const tensor of inputs) {
      this.#take(this.#prefix + tensor.name);
      this.#names.set(tensor, this.#prefix + tensor.name);
    }
    // The runtime computes what a node needs just before it, beginning with what comes last in the file. Written as the
    // program goes, layer after layer, what is computed is used while it is in the processor's cache.
    const written = inOrder(outputs.map(([, tensor]) => tensor));
    for (const tensor of written.sort((a, b) => serialOf(a) - serialOf(b))) {
      if (!this.#names.has(tensor)) this.#write(tensor, wanted);
    }
    for (const [outputName, tensor] of outputs) {
      const inner = this.#nameOf(tensor);
      if (inner !== outputName) this.#node.push(nodeProto("Identity", [inner], [outputName]));
    }
    return create(GraphProtoSchema, {
      name,
      node: this.#node,
      initializer: this.#initializer,
      input: inputs.map((tensor) => valueInfo(this.#nameOf(tensor), tensor.type, tensor.shape)),
      output: outputs.map(([outputName, { type, shape }]) => valueInfo(outputName, type, shape)),
    });
  }

  #write(tensor: Tensor, wanted: ReadonlyMap<Tensor, string>): void {
    if (tensor.kind === "input") return;
    if (tensor.kind === "constant") {
      const key = constantKey(tensor);
      const name = this.#known.get(key) ?? this.#fresh("constant", this.#initializer.length);
      if (!this.#known.has(key)) this.#initializer.push(tensorProto(name, tensor));
      this.#known.set(key, name);
      this.#names.set(tensor, name);
    } else if (tensor.kind === "operation") {
      const { operator, attributes } = tensor;
      const sources = tensor.inputs.map((source) => this.#nameOf(source));
      const key = JSON.stringify([operator, sources, attributes]);
      const name =
        this.#known.get(key) ?? wanted.get(tensor) ?? this.#fresh(operator, this.#node.length);
      if (!this.#known.has(key)) this.#node.push(nodeProto(operator, sources, [name], attributes));
      this.#known.set(key, name);
      this.#names.set(tensor, name);
    } else {
      const names = this.#blocks.get(tensor.block) ?? this.#writeBlock(tensor);
      this.#names.set(tensor, names[tensor.index] as string);
    }
  }

  #writeBlock({ block }: BlockResult): string[] {
    const { operator, attributes, results, body } = block;
    const name = this.#fresh(operator, this.#node.length);
    const names = results.map((_, index) => `${name}_${index}`);
    const sources = block.inputs.map((source) =>
      source === undefined ? "" : this.#nameOf(source),
    );
    const inner = body === undefined ? undefined : this.#body(name, body);
    this.#node.push(nodeProto(operator, sources, names, attributes, inner));
    this.#blocks.set(block, names);
    return names;
  }

  #body(name: string, { inputs, outputs }: Body): GraphProto {
    const scope = new Scope(`${name}_`, this);
    const named = outputs.map((tensor, index) => [`${name}_next_${index}`, tensor] as const);
    return scope.graph(`${name}_body`, inputs, named);
  }

  #nameOf(tensor: Tensor): string {
    const name = this.#names.get(tensor);
    if (name !== undefined) return name;
    const what = tensor.kind === "input" ? `'${tensor.name}'` : `a ${tensor.kind}`;
    throw new Error(`emit: ${what} is not an input of the graph`);
  }

  #take(name: string): void {
    if (this.#taken.has(name)) throw new Error(`emit: the name '${name}' is used twice`);
    this.#taken.add(name);
  }

  /** A name for an inner value that no input and no output has. */
  #fresh(operator: string, count: number): string {
    let name = `${this.#prefix}${operator.toLowerCase()}_${count}`;
    while (this.#taken.has(name)) name += "_";
    this.#taken.add(name);
    return name;
  }
}

function constantKey({ type, shape, data }: Constant): string {
  const bytes = ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : JSON.stringify(data);
  return JSON.stringify([type, shape, createHash("sha256").update(bytes).digest("base64")]);
}
