import type { Tensor } from "onnxruntime-node";
import type { TensorSpec } from "../../../contracts/model-contract.ts";

type Numbers =
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>;

/** One tensor of many answers, one after the other. */
export interface ColumnData {
  name: string;
  /** All elements; of numbers only the first `used` count. */
  values: Numbers | string[];
  used: number;
  /** Number of elements of each answer; -1 where an answer has no such tensor. */
  sizes: number[];
}

const firstElements = 1024;

export class TensorColumn {
  readonly name: string;
  #numbers: Numbers | undefined;
  readonly #strings: string[] = [];
  #used = 0;
  readonly #sizes: number[] = [];

  constructor({ name }: TensorSpec) {
    this.name = name;
  }

  /** @returns about how many bytes it took */
  append(tensor: Tensor | undefined): number {
    if (tensor === undefined) {
      this.#sizes.push(-1);
      return 4;
    }
    const { data } = tensor;
    this.#sizes.push(data.length);
    if (Array.isArray(data)) {
      let bytes = 0;
      for (const text of data as string[]) {
        this.#strings.push(text);
        bytes += text.length + 16;
      }
      return bytes;
    }
    const end = this.#used + data.length;
    let numbers = this.#numbers;
    if (numbers === undefined || numbers.length < end) numbers = this.#grow(data as Numbers, end);
    (numbers as Float64Array).set(data as Float64Array, this.#used);
    this.#used = end;
    return data.byteLength + 4;
  }

  get buffer(): ArrayBuffer | undefined {
    return this.#numbers?.buffer;
  }

  data(): ColumnData {
    const { name } = this;
    const values = this.#numbers ?? this.#strings;
    return { name, values, used: this.#used, sizes: this.#sizes };
  }

  #grow(like: Numbers, needed: number): Numbers {
    const Kind = like.constructor as new (length: number) => Numbers;
    const held = this.#numbers;
    const next = new Kind(Math.max(needed, firstElements, (held?.length ?? 0) * 2));
    if (held !== undefined) (next as Float64Array).set(held as Float64Array);
    this.#numbers = next;
    return next;
  }
}
