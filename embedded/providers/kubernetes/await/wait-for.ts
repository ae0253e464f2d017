import type { Properties } from "../../shared/values.ts";
import { numberAt, objectsAt, textAt } from "../../shared/values.ts";
import { parseJsonPath } from "./jsonpath.ts";
import type { Verdict } from "./verdict.ts";
import { explain, ready, waiting } from "./verdict.ts";

type Judge = (object: Properties) => Verdict;

/**
 * Reads the annotation `pulumi.com/waitFor`: `jsonpath=<path>[=<value>]`, `condition=<type>[=<status>]`, or a JSON list
 * of those, all of which must hold.
 * @throws if it is none of them; the message shows the expression.
 */
export function parseWaitFor(annotation: string): Judge {
  const expressions = listOf(annotation);
  if (expressions.length === 0) throw new Error("pulumi.com/waitFor is an empty list");
  const judges = expressions.map(parseExpression);
  return (object) => judges.map((judge) => judge(object)).find((v) => !v.ready) ?? ready;
}

function listOf(annotation: string): string[] {
  try {
    const list: unknown = JSON.parse(annotation);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // Not JSON: a single expression.
  }
  return [annotation];
}

function parseExpression(expression: string): Judge {
  if (expression.startsWith("jsonpath=")) return jsonPathJudge(expression);
  if (expression.startsWith("condition=")) return conditionJudge(expression);
  throw new Error(
    `pulumi.com/waitFor: want "jsonpath=..." or "condition=...", got "${expression}"`,
  );
}

function jsonPathJudge(expression: string): Judge {
  const match = /^jsonpath='?(\{.*\}|[^=]*?)'?(?:=(.*))?$/s.exec(expression);
  const path = match?.[1] ?? "";
  if (path === "") throw new Error(`pulumi.com/waitFor: "${expression}" has no path`);
  const wanted = match?.[2]?.replace(/^(['"])(.*)\1$/s, "$2");
  const find = parseJsonPath(path);
  return (object) => {
    const found = find(object);
    if (wanted === undefined) return found.length > 0 ? ready : waiting(`waiting for ${path}`);
    if (found.length === 1 && String(found[0]) === wanted) return ready;
    const seen = found.length === 0 ? "nothing yet" : found.map(String).join(", ");
    return waiting(`waiting for ${path} to be ${wanted} (found ${seen})`);
  };
}

function conditionJudge(expression: string): Judge {
  const [type = "", status = "True"] = expression.slice("condition=".length).split("=", 2);
  if (type === "") throw new Error(`pulumi.com/waitFor: "${expression}" names no condition`);
  return (object) => {
    const entry = objectsAt(object, "status", "conditions").find(
      (candidate) => textAt(candidate, "type").toLowerCase() === type.toLowerCase(),
    );
    const generation = numberAt(object, "metadata", "generation") ?? 0;
    const current = (numberAt(entry, "observedGeneration") ?? generation) >= generation;
    const holds = textAt(entry, "status").toLowerCase() === status.toLowerCase();
    if (current && holds) return ready;
    const seen =
      entry === undefined ? "no such condition yet" : explain(entry) || textAt(entry, "status");
    return waiting(
      `waiting for condition ${type}=${status} (${current ? seen : "not current yet"})`,
    );
  };
}
