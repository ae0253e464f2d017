import type { Value } from "../../shared/values.ts";
import { isList, isProperties } from "../../shared/values.ts";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: readonly Step[]; readonly value: string };

/**
 * The part of JSONPath that `kubectl get -o jsonpath` users write for waiting: fields, quoted fields, indexes, `[*]`,
 * and `[?(@.type=="Ready")]`.
 * @throws if the expression is malformed; the message shows where.
 */
export function parseJsonPath(text: string): (value: Value) => Value[] {
  const body = text.replace(/^\{(.*)\}$/s, "$1").trim();
  const steps = parseSteps(body, text);
  return (value) => evaluate([value], steps);
}

function parseSteps(body: string, whole: string): Step[] {
  const pattern =
    /\.?\*|\.((?:[^.[\]\\]|\\.)+)|\['([^']*)'\]|\["([^"]*)"\]|\[(-?\d+)\]|\[\*\]|\[\?\(@(\.[^=]+?)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/gy;
  const steps: Step[] = [];
  let position = body.startsWith("$") ? 1 : 0;
  while (position < body.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(body);
    if (!match) throw new Error(`JSONPath ${whole} is malformed at "${body.slice(position)}"`);
    const [all, field, quoted, doubleQuoted, index, filter, ...values] = match;
    const name = field?.replaceAll(/\\(.)/g, "$1") ?? quoted ?? doubleQuoted;
    if (filter !== undefined) {
      const value = values.find((candidate) => candidate !== undefined) ?? "";
      steps.push({ kind: "filter", path: parseSteps(filter, whole), value });
    } else if (name !== undefined) steps.push({ kind: "field", name });
    else if (index !== undefined) steps.push({ kind: "index", index: Number(index) });
    else steps.push({ kind: "all" });
    position += all.length;
  }
  return steps;
}

function evaluate(values: readonly Value[], steps: readonly Step[]): Value[] {
  return steps.reduce<Value[]>(
    (current, step) => current.flatMap((value) => take(value, step)),
    [...values],
  );
}

function take(value: Value, step: Step): Value[] {
  switch (step.kind) {
    case "field": {
      const found = isProperties(value) ? value[step.name] : undefined;
      return found === undefined ? [] : [found];
    }
    case "index": {
      const found = isList(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case "all":
      return isList(value) ? [...value] : isProperties(value) ? Object.values(value) : [];
    case "filter":
      return isList(value)
        ? value.filter((item) => evaluate([item], step.path).some((x) => String(x) === step.value))
        : [];
  }
}
