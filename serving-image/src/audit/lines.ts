import type { AuditPolicy } from "../../../contracts/audit-policy.ts";
import type { ModelContract } from "../../../contracts/model-contract.ts";
import { packRows } from "../../../contracts/packed-rows.ts";
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
  const hidesNothing = !hidden.includes(true);
  const hasInputs = policy.log === "all";
  const names = contract.outputs.map((output) => JSON.stringify(output.name));
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
    const packed = hasInputs && hidesNothing ? packedInputs(answer) : undefined;
    const inputs = hasInputs ? `,"inputs":${packed ?? `[${inputRows(answer, hidden)}]`}` : "";
    let outputs = "";
    for (let place = 0; place < names.length; place++) {
      const elements = answer.outputs[place];
      if (elements === undefined) continue;
      const packedOutput = packedOf(elements, rows) ?? `[${outputRows(elements, rows)}]`;
      outputs += `${outputs === "" ? "" : ","}${names[place]}:${packedOutput}`;
    }
    return `${start},"isShadow":${isShadow},"route":${JSON.stringify(route)}${who},"durationMs":${Number(durationMs.toFixed(3))},"rows":${rows}${inputs},"outputs":{${outputs}}}`;
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

function packedInputs({ inputs, rows }: ObservedAnswer): string | undefined {
  const [only, ...others] = inputs;
  return only === undefined || others.length > 0 ? undefined : packedOf(only, rows);
}

function packedOf(elements: Elements, rows: number): string | undefined {
  const packed = elements instanceof Float32Array ? packRows(elements, rows) : undefined;
  if (packed === undefined) return undefined;
  const { dataType, shape, base64 } = packed;
  // Nothing in base64 needs an escape, which JSON.stringify would look for.
  return `{"dataType":"${dataType}","shape":[${shape.join(",")}],"base64":"${base64}"}`;
}

/** Each row is all elements of all tensors of that row: the features, where a model takes them one by one. */
function inputRows({ inputs, rows }: ObservedAnswer, hidden: readonly boolean[]): string {
  let width = 0;
  for (const elements of inputs) width += elements.length / rows;
  // Where elements are not features one by one, nothing says which of them to hide.
  const hidesAll = width !== hidden.length && hidden.includes(true);
  let text = "";
  for (let row = 0; row < rows; row++) {
    text += row === 0 ? "[" : "],[";
    let place = 0;
    for (const elements of inputs) {
      const size = elements.length / rows;
      for (let at = row * size; at < (row + 1) * size; at++, place++) {
        if (place > 0) text += ",";
        const isHidden = hidesAll || hidden[place] === true;
        text += isHidden ? "null" : cell(elements, at, "null");
      }
    }
  }
  return `${text}]`;
}

function outputRows(elements: Elements, rows: number): string {
  const size = elements.length / rows;
  let text = "";
  for (let at = 0; at < elements.length; at++) {
    if (size !== 1 && at % size === 0) text += at === 0 ? "[" : "],[";
    else if (at > 0) text += ",";
    text += cell(elements, at, '"NaN"');
  }
  return size === 1 ? text : `${text}]`;
}

/** One element in JSON. */
function cell(elements: Elements, at: number, notANumber: string): string {
  const value = elements[at];
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value !== "number") return String(value);
  if (Number.isFinite(value)) {
    return elements instanceof Float32Array ? decimal(value) : String(value);
  }
  return Number.isNaN(value) ? notANumber : `"${value}"`;
}

/**
 * A decimal number that is the same 32-bit number: 0.1 rather than 0.10000000149011612 where there is one of six digits
 * after the point, and nine significant digits, which are always enough, elsewhere.
 */
export function decimal(value: number): string {
  const short = Math.round(value * 1e6) / 1e6;
  return Math.fround(short) === value ? String(short) : value.toPrecision(9);
}
