import type { DataType } from "../../contracts/model-contract.ts";
import type { Value } from "../../training-image/engine/session.ts";
import type { TrainedModel } from "../../training-image/workloads/workload.ts";

type Scalar = number | string;

/** Values of inputs by name, as Python gets them. */
export type Asked = Record<string, { dataType: DataType; shape: number[]; data: Scalar[] }>;

const rows = 5;

/** The example of a model and four rows like it: numbers are moved by a few per cent. */
export function askedRows({ contract, example = {} }: TrainedModel): Asked {
  return Object.fromEntries(
    contract.inputs.map(({ name, dataType, shape }) => {
      const first = ([example[name]].flat(Infinity) as Scalar[]).slice(0, width(shape));
      const data = Array.from({ length: rows }, (_, row) =>
        first.map((value) => (typeof value === "string" ? value : moved(value, row, dataType))),
      ).flat();
      return [name, { dataType, shape: [rows, ...shape.slice(1)], data }];
    }),
  );
}

const width = (shape: readonly number[]) => shape.slice(1).reduce((count, size) => count * size, 1);

function moved(value: number, row: number, dataType: DataType): number {
  if (dataType !== "FP32" && dataType !== "FP64") return value;
  return Math.fround(value * (1 - 0.03 * row));
}

/** The same for our own runtime. @throws Error for a type that no workload of ours asks for */
export function feedsOf(asked: Asked): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(asked).map(([name, { dataType, shape, data }]) => {
      if (dataType === "FP32") return [name, { data: Float32Array.from(data, Number), shape }];
      if (dataType === "BYTES") return [name, { data: data.map(String), shape }];
      if (dataType === "INT64") {
        return [name, { data: BigInt64Array.from(data, (value) => BigInt(value)), shape }];
      }
      throw new Error(`input ${name}: ${dataType} is not known here`);
    }),
  );
}
