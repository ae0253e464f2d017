import type { AuditPolicy } from "../../../contracts/audit-policy.ts";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import type { Elements, ObservedAnswer, ObservedModel } from "../observer/answers.ts";

/** What of an answer is written down. */
export interface LinePolicy extends Pick<AuditPolicy, "log"> {
  redact: readonly string[];
}

/** Writes the answers of one model as lines of its audit log (contracts/audit-record.ts), without the line feed. */
export function lineWriter(
  model: Pick<ObservedModel, "lineage" | "contract">,
  policy: LinePolicy,
): (answer: ObservedAnswer) => string {
  const { lineage, contract } = model;
  const { environment, name, version, release, dataVersion, slot } = lineage;
  const redacted = redactedFeatures(contract, policy.redact);
  const hidden = contract.features.map((feature) => redacted.includes(feature.name));
  const hasInputs = policy.log === "all";
  // What never changes is written once.
  const fixed = JSON.stringify({
    environment,
    model: name,
    version,
    release,
    dataVersion,
    slot,
    ...(hasInputs && redacted.length > 0 ? { redacted } : {}),
  }).slice(1, -1);
  return (answer) => {
    const { requestId, time, route, team, traceparent, isShadow, durationMs, rows } = answer;
    const start = `{"schema":"isotherm.dev/audit-record/v1","requestId":${JSON.stringify(requestId)},"time":"${new Date(time).toISOString()}",${fixed}`;
    const who =
      (team === undefined ? "" : `,"team":${JSON.stringify(team)}`) +
      (traceparent === undefined ? "" : `,"traceparent":${JSON.stringify(traceparent)}`);
    const inputs = hasInputs ? `,"inputs":[${inputRows(answer, hidden)}]` : "";
    const outputs = contract.outputs.flatMap(({ name: output }, place) => {
      const elements = answer.outputs[place];
      return elements === undefined
        ? []
        : [`${JSON.stringify(output)}:[${outputRows(elements, rows)}]`];
    });
    return `${start},"isShadow":${isShadow},"route":${JSON.stringify(route)}${who},"durationMs":${Number(durationMs.toFixed(3))},"rows":${rows}${inputs},"outputs":{${outputs.join(",")}}}`;
  };
}

/** Names of the features that are never written: what the contract calls sensitive, and what the policy names. */
export function redactedFeatures(
  { features }: Pick<ModelContract, "features">,
  redact: readonly string[],
): string[] {
  return features
    .filter(({ name, sensitive }) => sensitive === true || redact.includes(name))
    .map(({ name }) => name);
}

/** Each row is all elements of all tensors of that row: the features, where a model takes them one by one. */
function inputRows({ inputs, rows }: ObservedAnswer, hidden: readonly boolean[]): string {
  const lines: string[] = [];
  const width = inputs.reduce((total, elements) => total + elements.length, 0) / rows;
  // Where elements are not features one by one, nothing says which of them to hide.
  const hidesAll = width !== hidden.length && hidden.includes(true);
  for (let row = 0; row < rows; row++) {
    const cells: string[] = [];
    for (const elements of inputs) {
      const size = elements.length / rows;
      for (let at = row * size; at < (row + 1) * size; at++) {
        const isHidden = hidesAll || hidden[cells.length] === true;
        cells.push(isHidden ? "null" : cell(elements, at, "null"));
      }
    }
    lines.push(`[${cells.join(",")}]`);
  }
  return lines.join(",");
}

function outputRows(elements: Elements, rows: number): string {
  const size = elements.length / rows;
  const cells = Array.from({ length: elements.length }, (_, at) => cell(elements, at, '"NaN"'));
  if (size === 1) return cells.join(",");
  return Array.from(
    { length: rows },
    (_, row) => `[${cells.slice(row * size, (row + 1) * size).join(",")}]`,
  ).join(",");
}

/** One element in JSON. */
function cell(elements: Elements, at: number, notANumber: string): string {
  const value = elements[at];
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "number") return String(value);
  if (Number.isFinite(value)) {
    return String(elements instanceof Float32Array ? shortest(value) : value);
  }
  return Number.isNaN(value) ? notANumber : `"${value}"`;
}

/** The shortest decimal number that is the same 32-bit number: 0.1 rather than 0.10000000149011612. */
export function shortest(value: number): number {
  if (Number.isInteger(value)) return value;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return Number(value.toPrecision(9));
}
