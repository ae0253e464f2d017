import { readFileSync, writeFileSync } from "node:fs";
import type {
  PolicyConfigJSONSchema,
  PolicyConfigJSONSchemaDefinition,
} from "@pulumi/policy/schema.js";
import { format } from "prettier";
import { policies } from "./policies.ts";

const page = new URL("../docs/policies.md", import.meta.url);
const [start, end] = ["<!-- policies -->", "<!-- end of policies -->"];

/** What docs/policies.md is to be: the page as it is, with the tables of today between their marks. */
export async function policiesPage(): Promise<string> {
  const text = readFileSync(page, "utf8");
  const [before, after] = [text.indexOf(start), text.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`docs/policies.md: ${start} or ${end} is gone`);
  const whole = `${text.slice(0, before)}${start}\n\n${tables()}\n\n${text.slice(after)}`;
  return format(whole, { parser: "markdown", printWidth: 100 });
}

function tables(): string {
  const rows = policies.map(({ name, description }) => [`\`${name}\``, description]);
  const options = policies.flatMap(({ name, configSchema }) =>
    Object.entries(configSchema?.properties ?? {}).map(([key, schema]) => [
      `\`${name}\``,
      `\`${key}\``,
      schema.description ?? "",
      shown(schema),
    ]),
  );
  return [
    table(["Policy", "What holds"], rows),
    "## What can be set",
    table(["Policy", "Option", "What it is", "Default"], options),
  ].join("\n\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function shown(schema: PolicyConfigJSONSchemaDefinition): string {
  const value = (schema as PolicyConfigJSONSchema).default;
  return value === undefined ? "none" : `\`${JSON.stringify(value)}\``;
}

if (import.meta.main) writeFileSync(page, await policiesPage());
