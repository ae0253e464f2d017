import { Environment } from "@marcbachmann/cel-js";
import type { AdmissionRule } from "../rule.ts";

/** A request to the API server, as far as rules look at it. */
export interface Request {
  operation: "CREATE" | "UPDATE" | "DELETE";
  object?: object;
  oldObject?: object;
  /** The environment's list of approved releases. */
  list?: Readonly<Record<string, string>>;
}

const names = ["request", "object", "oldObject", "namespaceObject", "params", "variables"];
const environment = names
  .reduce(
    (known, name) => known.registerVariable(name, "dyn"),
    new Environment({ enableOptionalTypes: true }),
  )
  // Of Kubernetes' own library.
  .registerFunction("list.sum(): int", (list: bigint[]) =>
    list.reduce((sum, one) => sum + one, 0n),
  );

/**
 * What a rule says to a request, as the API server reads it: conditions, then variables, then validations. Kubernetes' types
 * are not checked: the end-to-end layer asks a cluster for that.
 * @returns the messages of the validations that fail; none where the rule is not about the request
 */
export function judge(
  rule: AdmissionRule,
  { operation, object, oldObject, list = {} }: Request,
): string[] {
  const context: Record<string, unknown> = integers({
    request: { operation },
    object,
    oldObject,
    params: { data: list },
    namespaceObject: { metadata: { labels: { "isotherm.dev/environment": "prod" } } },
    variables: { list },
  });
  const variables = context["variables"] as Record<string, unknown>;
  const evaluate = (expression: string): unknown => environment.evaluate(expression, context);
  if (!(rule.conditions ?? []).every(({ expression }) => evaluate(expression) === true)) return [];
  for (const { name, expression } of rule.variables ?? []) variables[name] = evaluate(expression);
  return rule.validations
    .filter(({ expression }) => evaluate(expression) !== true)
    .map(({ messageExpression }) => String(evaluate(messageExpression)));
}

/** CEL tells whole numbers from others; JavaScript does by the type alone. */
function integers<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, inner: unknown) =>
    Number.isInteger(inner) ? BigInt(inner as number) : inner,
  ) as T;
}
