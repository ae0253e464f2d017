import { headers } from "../../../../contracts/names.ts";
import { InputError } from "../../model/errors.ts";
import type { Asked } from "../protocol.ts";

/** What stands behind a request's JSON: its binary tensors, in the order of its inputs. */
export class TensorBytes {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws InputError where there are not as many */
  take(size: number, field: string): Buffer {
    const left = this.#bytes.length - this.#offset;
    if (size > left) {
      const problem = `is ${size}, ${left} bytes follow the JSON that ${headers.inferenceHeaderLength} marks`;
      throw new InputError(field, problem);
    }
    this.#offset += size;
    return this.#bytes.subarray(this.#offset - size, this.#offset);
  }

  /** @throws InputError where bytes are left that no input names */
  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left > 0)
      throw new InputError("body", `has ${left} bytes that no input's binary_data_size names`);
  }
}

const nothing = Buffer.alloc(0);

/**
 * A body as its JSON and the binary tensors behind it.
 * @throws InputError where the header is no length of this body's
 */
export function splitBody({ body, headerLength }: Pick<Asked, "body" | "headerLength">): {
  json: Buffer;
  rest: TensorBytes;
} {
  if (headerLength === undefined) return { json: body, rest: new TensorBytes(nothing) };
  const length = /^\d{1,10}$/.test(headerLength) ? Number(headerLength) : undefined;
  if (length === undefined || length > body.length) {
    const problem = `is '${headerLength.slice(0, 32)}', the body has ${body.length} bytes`;
    throw new InputError(headers.inferenceHeaderLength, problem);
  }
  return { json: body.subarray(0, length), rest: new TensorBytes(body.subarray(length)) };
}
