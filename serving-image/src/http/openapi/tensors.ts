import {
  type DataType,
  type ModelContract,
  takesColumns,
  type TensorSpec,
} from "../../../../contracts/model-contract.ts";

/** JSON Schema, 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

const whole = (low: number, high: number): Schema => ({
  type: "integer",
  minimum: low,
  maximum: high,
});
/** What is smaller than this, either way, is rounded to a number that the type has. */
const within = (bound: number): Schema => ({
  type: "number",
  exclusiveMinimum: -bound,
  exclusiveMaximum: bound,
});

/** One element in JSON. What a double cannot say exactly, the ends of 64-bit integers, is said by the next that it can. */
const elements: Record<DataType, Schema> = {
  BOOL: { type: "boolean" },
  UINT8: whole(0, 255),
  UINT16: whole(0, 65535),
  UINT32: whole(0, 2 ** 32 - 1),
  UINT64: { type: "integer", minimum: 0, exclusiveMaximum: 2 ** 64 },
  INT8: whole(-128, 127),
  INT16: whole(-32768, 32767),
  INT32: whole(-(2 ** 31), 2 ** 31 - 1),
  INT64: { type: "integer", minimum: -(2 ** 63), exclusiveMaximum: 2 ** 63 },
  FP16: within(65520),
  FP32: within(2 ** 128 - 2 ** 103),
  FP64: { type: "number" },
  BYTES: { type: "string", pattern: "^[^\\u0000]*$" },
};

const canMiss = ({ nullable, dataType }: TensorSpec): boolean =>
  nullable === true && (dataType.startsWith("FP") || dataType === "BYTES");

function elementSchema(spec: TensorSpec): Schema {
  const schema = elements[spec.dataType];
  return canMiss(spec) ? { ...schema, type: [schema["type"], "null"] } : schema;
}

/** Nested lists of a shape; -1 is any length. */
function nested(shape: readonly number[], element: Schema): Schema {
  return shape.reduceRight<Schema>(
    (items, size) => ({
      type: "array",
      items,
      ...(size === -1 ? { minItems: 1 } : { minItems: size, maxItems: size }),
    }),
    element,
  );
}

/** A tensor of a V2 request in JSON. That its elements are as many as its shape says is beyond a schema. */
export function inputSchema(spec: TensorSpec, parameters: unknown, maxRows: number): Schema {
  const element = elementSchema(spec);
  const sizes = spec.shape.map((size, axis) => {
    if (size !== -1) return { const: size };
    return {
      type: "integer",
      minimum: axis === 0 ? 1 : 0,
      ...(axis === 0 ? { maximum: maxRows } : {}),
    };
  });
  const flat = { type: "array", items: element };
  const forms = spec.shape.length === 1 ? [flat] : [flat, nested(spec.shape, element)];
  return {
    type: "object",
    required: ["name", "datatype", "shape", "data"],
    properties: {
      name: { const: spec.name },
      datatype: { const: spec.dataType },
      shape: {
        type: "array",
        prefixItems: sizes,
        minItems: sizes.length,
        maxItems: sizes.length,
      },
      parameters,
      data: forms.length === 1 ? flat : { anyOf: forms },
    },
  };
}

/** Lists of values by column, as MLflow's protocol takes them too; undefined for a model whose rows have no columns. */
export function columnsSchema(contract: ModelContract, maxRows: number): Schema | undefined {
  const columns = columnsOf(contract);
  if (columns === undefined) return undefined;
  const lists = columns.map((column) => [
    column.name,
    { type: "array", items: elementSchema(column), minItems: 1, maxItems: maxRows },
  ]);
  return tableObject(columns, Object.fromEntries(lists) as Record<string, Schema>);
}

/** Rows as `/predict`, V1 and MLflow's protocol take them; undefined for a model that takes several tensors. */
export function rowsSchema(contract: ModelContract, maxRows: number): Schema | undefined {
  const row = rowSchema(contract);
  return row === undefined
    ? undefined
    : { type: "array", minItems: 1, maxItems: maxRows, items: row };
}

function rowSchema(contract: ModelContract): Schema | undefined {
  const columns = columnsOf(contract);
  if (columns !== undefined) return tableRow(columns);
  const [input, ...others] = contract.inputs;
  if (input === undefined || others.length > 0) return undefined;
  return nested(input.shape.slice(1), elementSchema(input));
}

/** A row's values by name, each as a tensor of its own; undefined where values have none. */
function columnsOf(contract: ModelContract): readonly TensorSpec[] | undefined {
  const { inputs, features } = contract;
  if (takesColumns(contract)) return inputs;
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) return undefined;
  const [, ...shape] = input.shape;
  if (shape.length !== 1 || shape[0] !== features.length) return undefined;
  return features.map(({ name }) => ({ ...input, name }));
}

/** A list in the columns' order, or an object by their names. */
function tableRow(columns: readonly TensorSpec[]): Schema {
  const cells = columns.map(elementSchema);
  const byName = Object.fromEntries(columns.map(({ name }, index) => [name, cells[index]!]));
  return {
    anyOf: [
      { type: "array", prefixItems: cells, minItems: cells.length, maxItems: cells.length },
      tableObject(columns, byName),
    ],
  };
}

function tableObject(
  columns: readonly TensorSpec[],
  properties: Readonly<Record<string, Schema>>,
): Schema {
  return {
    type: "object",
    properties,
    required: columns.filter((column) => !canMiss(column)).map(({ name }) => name),
    additionalProperties: false,
  };
}
