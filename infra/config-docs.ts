import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { z } from "zod";
import type { Parameter, WorkloadDeclaration } from "../contracts/workload.ts";
import { declarations } from "../training-image/workloads/index.ts";
import { ClusterStack, EnvironmentStack } from "./schema.ts";

/** One option of a stack file. */
interface Row {
  path: string;
  type: string;
  fallback: string;
  description: string;
}

/** What the schemas around a value say, from the outside in. */
interface Context {
  path: string;
  meta: Record<string, unknown>;
  fallback?: string;
}

/** Every option below a schema, in the schema's own order. */
function rowsOf(schema: z.ZodType, outer: Context): Row[] {
  const context = { ...outer, meta: { ...schema.meta(), ...outer.meta } };
  const below = (part: string) => ({ path: `${context.path}${part}`, meta: {} });
  if (Array.isArray(context.meta["forms"])) return formRows(context);
  if (schema instanceof z.ZodDefault) {
    const fallback = `\`${String(schema.def.defaultValue)}\``;
    return rowsOf(schema.unwrap() as z.ZodType, { ...context, fallback });
  }
  if (schema instanceof z.ZodPrefault) return rowsOf(schema.unwrap() as z.ZodType, context);
  if (schema instanceof z.ZodOptional) {
    return rowsOf(schema.unwrap() as z.ZodType, { ...context, fallback: "none" });
  }
  if (schema instanceof z.ZodObject) {
    const separator = context.path.endsWith(":") ? "" : ".";
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, inner]) =>
      rowsOf(inner, below(`${separator}${key}`)),
    );
  }
  if (schema instanceof z.ZodRecord) {
    const entry = {
      ...below(`.<${String(context.meta["entry"] ?? "name")}>`),
      meta: context.meta,
      fallback: "none",
    };
    return rowsOf(schema.valueType as z.ZodType, entry);
  }
  return [row(schema, context)];
}

/** Where one of several shapes is to be chosen, each option once. */
function formRows({ path, meta }: Context): Row[] {
  const rows = (meta["forms"] as z.ZodType[]).flatMap((form) => rowsOf(form, { path, meta: {} }));
  // What is required further down is so only where what holds it is there, and is no choice between the shapes.
  const isOwn = (one: Row) => !one.path.slice(path.length + 1).includes(".");
  const required = rows.filter((one) => one.fallback === "required" && isOwn(one));
  const names = required.map((one) => `\`${one.path.split(".").at(-1)}\``).join(" or ");
  for (const one of required) one.fallback = `either ${names}`;
  return [...new Map([...required, ...rows].map((one) => [one.path, one])).values()];
}

function row(schema: z.ZodType, { path, meta, fallback }: Context): Row {
  const description = meta["description"];
  if (typeof description !== "string")
    throw new Error(`${path} has no description in infra/schema.ts`);
  return {
    path,
    type: String(meta["shown"] ?? typeOf(schema)),
    fallback: String(meta["unset"] ?? fallback ?? "required"),
    description,
  };
}

function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((one) => `\`${one}\``).join(", ");
  if (schema instanceof z.ZodLiteral) return `\`${String(schema.value)}\``;
  if (schema instanceof z.ZodNumber)
    return `whole number, ${schema.minValue} to ${schema.maxValue}`;
  if (schema instanceof z.ZodString) return "name";
  throw new Error(`${schema.type} needs \`shown\` in infra/schema.ts`);
}

function optionsTable(schema: z.ZodType): string {
  const rows = rowsOf(schema, { path: "isotherm:", meta: {} });
  return table(
    ["option", "type", "default", "meaning"],
    rows.map(({ path, type, fallback, description }) => [
      `\`${path}\``,
      type,
      fallback,
      description,
    ]),
  );
}

function workloadSection({
  name,
  description,
  parameters,
  metrics,
  memory,
}: WorkloadDeclaration): string {
  const params = Object.entries(parameters).map(([param, parameter]) => [
    `\`${param}\``,
    parameterType(parameter),
    parameter.default === "" ? "empty" : `\`${parameter.default}\``,
    parameter.description,
  ]);
  const logged = Object.entries(metrics).map(([metric, { direction, gateRequired, ...about }]) => [
    `\`${metric}\``,
    direction === "minimize" ? "lower" : "higher",
    gateRequired ? `${about.description}. A gate must bound it` : about.description,
  ]);
  return `### ${name}

${description}.${memory === undefined ? "" : ` Its training requests ${memory} of memory.`}

${table(["parameter", "type", "default", "meaning"], params)}

${table(["metric", "better", "meaning"], logged)}`;
}

function parameterType(parameter: Parameter): string {
  if (parameter.type === "choice") return parameter.choices.map((one) => `\`${one}\``).join(", ");
  if (parameter.type === "text") return "text";
  const kind = parameter.type === "integer" ? "whole number" : "number";
  return `${kind}, ${parameter.min} to ${parameter.max}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Text of docs/configuration.md: every option of a stack file, by the schema that reads it. */
export function configurationPage(): Promise<string> {
  const text = `<!-- Written by \`npm run docs\` from infra/schema.ts and the workloads' declarations; edit those. -->

# Configuration

A stack file, \`stacks/Pulumi.<stack>.yaml\`, is all that tells one environment from another. Its \`config\` holds the options
below; \`isotherm:target.context\` is the key \`context\` under \`isotherm:target\`, and \`<name>\` is a name of yours. A key that
is not here is a mistake. Every mistake is named with its path, all at once, before anything is touched.

A name is 1 to 40 of a-z, 0-9 and \`-\`, and starts with a letter. A quantity is Kubernetes' own: \`250m\`, \`2\`, \`512Mi\`.

## An environment

${optionsTable(EnvironmentStack)}

## A cluster

What a cluster has once, whatever environments it carries: stack \`cluster\`.

${optionsTable(ClusterStack)}

## Workloads

What \`isotherm:training.<name>.workload\` can name, the parameters it takes, and the metrics it logs, which gates can judge.

${declarations.map(workloadSection).join("\n\n")}
`;
  return format(text, { parser: "markdown", printWidth: 100 });
}

if (import.meta.main) {
  writeFileSync(new URL("../docs/configuration.md", import.meta.url), await configurationPage());
}
