import { InputError } from "../model/errors.ts";
import type { ServedModel } from "../model/model.ts";
import type { Limits, Prepared } from "./protocol.ts";
import { predictionsOf, rowsQuestion } from "./rows.ts";

/** How a contract declares the route. */
export const temperatureRoute = "predict-temperature";

/** A decimal number as people write it; not "", " ", "0x10" or "Infinity", which JavaScript would take. */
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** `GET /predict-temperature`: one point, a query parameter a feature (SPEC G-08). */
export function temperatureQuestion(
  query: URLSearchParams,
  model: ServedModel,
  limits: Limits,
): Prepared {
  const { features, predictions } = model.contract;
  const unknown = [...query.keys()].find(
    (key) => key !== "model" && !features.some(({ name }) => name === key),
  );
  if (unknown !== undefined) {
    const names = features.map(({ name }) => name).join(", ");
    throw new InputError(unknown.slice(0, 64), `is not a parameter; give ${names}`);
  }
  const row = features.map((feature) => coordinate(query, feature));
  const question = rowsQuestion([row], "point", model, limits.maxRows);
  return {
    model,
    question,
    answer: (outputs) => ({
      [`${predictions}(${features.map(({ name }) => name).join(",")})`]: predictionsOf(
        outputs,
        model,
      )[0],
      model_version: model.lineage.version,
      data_version: model.lineage.dataVersion,
      timestamp: new Date().toISOString(),
    }),
  };
}

function coordinate(
  query: URLSearchParams,
  { name, range }: ServedModel["contract"]["features"][number],
): number {
  const [text, ...others] = query.getAll(name);
  if (text === undefined) throw new InputError(name, "is missing: give a number");
  if (others.length > 0) throw new InputError(name, "is given more than once");
  const value = Number(text);
  if (!decimal.test(text) || !Number.isFinite(value)) {
    throw new InputError(name, `is '${text.slice(0, 40)}', wanted a number`);
  }
  if (range !== undefined && (value < range[0] || value > range[1])) {
    throw new InputError(name, `is ${value}, the domain is ${range[0]} to ${range[1]}`);
  }
  return value;
}
