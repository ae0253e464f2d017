import { create } from "@bufbuild/protobuf";
import { type GraphProto, GraphProtoSchema, type NodeProto, type TensorProto } from "onnx-buf";
import { inOrder } from "./gradient.ts";
import { modelBytes, nodeProto, tensorProto, valueInfo } from "./proto.ts";
import type { Input, Tensor } from "./tensor.ts";

export interface GraphOptions {
  name: string;
  inputs: readonly Input[];
  /** Tensors by the names under which they come out, in order. */
  outputs: Readonly<Record<string, Tensor>>;
  /** Inputs of an enclosing graph that this one may use as well. */
  enclosing?: readonly Input[];
  /** Put before the names of inner values: a subgraph may not repeat the names of its enclosing graph. */
  prefix?: string;
}

/**
 * Writes expressions down as an ONNX graph, each shared part once. The same expressions give the same bytes.
 * @throws Error where an expression uses an input that is not listed, or a name is used twice.
 */
export function graphProto(options: GraphOptions): GraphProto {
  const { prefix = "", inputs, outputs, enclosing = [] } = options;
  const names = new Map<Tensor, string>();
  const taken = new Set<string>(Object.keys(outputs));
  for (const tensor of [...inputs, ...enclosing]) {
    if (taken.has(tensor.name)) throw new Error(`emit: the name '${tensor.name}' is used twice`);
    taken.add(tensor.name);
    names.set(tensor, tensor.name);
  }
  const node: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const nameOf = (tensor: Tensor): string => {
    const name = names.get(tensor);
    if (name === undefined)
      throw new Error(`emit: ${describe(tensor)} is not an input of the graph`);
    return name;
  };
  for (const [name, tensor] of Object.entries(outputs)) {
    if (tensor.kind === "operation" && !names.has(tensor)) names.set(tensor, name);
  }
  for (const tensor of inOrder(Object.values(outputs))) {
    if (tensor.kind === "constant") {
      const name = `${prefix}constant_${initializer.length}`;
      names.set(tensor, name);
      initializer.push(tensorProto(name, tensor));
    } else if (tensor.kind === "operation") {
      const name = names.get(tensor) ?? `${prefix}${tensor.operator.toLowerCase()}_${node.length}`;
      names.set(tensor, name);
      node.push(nodeProto(tensor.operator, tensor.inputs.map(nameOf), [name], tensor.attributes));
    }
  }
  for (const [name, tensor] of Object.entries(outputs)) {
    if (nameOf(tensor) !== name) node.push(nodeProto("Identity", [nameOf(tensor)], [name]));
  }
  return create(GraphProtoSchema, {
    name: options.name,
    node,
    initializer,
    input: inputs.map((tensor) => valueInfo(tensor.name, tensor.type, tensor.shape)),
    output: Object.entries(outputs).map(([name, { type, shape }]) => valueInfo(name, type, shape)),
  });
}

/** An ONNX file of some expressions. */
export function emit(options: Omit<GraphOptions, "enclosing" | "prefix">): Uint8Array {
  return modelBytes(graphProto(options));
}

function describe(tensor: Tensor): string {
  return tensor.kind === "input" ? `'${tensor.name}'` : `a ${tensor.kind}`;
}
