import type { InferenceSession, Tensor } from "onnxruntime-node";
import { type Elements, runtimeTensor } from "../elements.ts";
import type { LoadReason } from "../errors.ts";
import type { Tensors } from "../model.ts";
import type { SessionTerms } from "./session.ts";

/** A tensor as threads pass it to each other. */
export interface PlainTensor {
  name: string;
  type: Tensor.Type;
  data: Tensor.DataType;
  dims: readonly number[];
}

/** What the main thread asks of a worker; every request is answered once, in order. */
export type ToWorker =
  | { kind: "open"; graph: Uint8Array; terms: SessionTerms }
  | { kind: "run"; id: number; inputs: PlainTensor[]; outputs: readonly string[] }
  | { kind: "measure"; id: number; inputs: PlainTensor[]; outputs: readonly string[] }
  | { kind: "close" };

export type FromWorker =
  | { kind: "opened"; graph: GraphMetadata }
  | { kind: "refused"; reason: LoadReason; message: string }
  | { kind: "answer"; id: number; outputs: PlainTensor[]; seconds: number }
  | { kind: "failed"; id: number; message: string };

export type GraphMetadata = Pick<InferenceSession, "inputMetadata" | "outputMetadata">;

export function toPlain(tensors: Tensors): PlainTensor[] {
  return Object.entries(tensors).map(([name, { type, data, dims }]) => ({
    name,
    type,
    data: ownBytes(data),
    dims,
  }));
}

export function fromPlain(tensors: readonly PlainTensor[]): Tensors {
  return Object.fromEntries(
    tensors.map(({ name, type, data, dims }) => [
      name,
      runtimeTensor(type, data as Elements, dims),
    ]),
  );
}

/** Passing a view of a buffer copies all of the buffer, which may be a whole request's body. */
function ownBytes(data: Tensor.DataType): Tensor.DataType {
  if (!ArrayBuffer.isView(data)) return data;
  return data.byteLength === data.buffer.byteLength ? data : data.slice();
}
