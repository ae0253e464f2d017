import { readFile } from "node:fs/promises";
import Table from "cli-table3";
import { Command, Option } from "commander";
import { z } from "zod";
import { clauses } from "./clauses/index.ts";
import type { Level } from "./clause.ts";
import { Client } from "./http.ts";
import { type Result, runClauses } from "./run.ts";
import { Target } from "./target.ts";
import type { Element, Tensor } from "./tensors.ts";

interface Options {
  url: string;
  model: string;
  apiKey?: string;
  header: string[];
  input?: string;
  only?: string;
  level: Level;
  json?: true;
}

const program = new Command("conformance")
  .description(
    "Checks a server against the Open Inference Protocol (V2) over REST, clause by clause",
  )
  .requiredOption("--url <url>", "where the server listens, such as http://localhost:8080")
  .requiredOption("--model <name>", "the model to ask; its metadata tells what to send")
  .option("--api-key <key>", "sent as x-api-key")
  .option("--header <name:value...>", "sent with every request", [])
  .option("--input <file>", "an inference request in JSON that the model can answer")
  .option("--only <text>", "clauses whose id has this text")
  .addOption(
    new Option("--level <level>", "how binding a clause must be for its failure to count")
      .choices(["required", "expected"])
      .default("expected"),
  )
  .option("--json", "prints results as JSON")
  .action(async (options: Options) => {
    const target = new Target(clientOf(options), options.model, await inputsOf(options.input));
    const chosen = clauses.filter(({ id }) => id.includes(options.only ?? ""));
    if (chosen.length === 0) program.error(`no clause has '${options.only}' in its id`);
    const results = await runClauses(chosen, target);
    console.log(options.json ? JSON.stringify(results, null, 2) : tableOf(results));
    process.exitCode = countFailures(results, options.level) === 0 ? 0 : 1;
  });
await program.parseAsync();

function clientOf({ url, apiKey, header }: Options): Client {
  const headers: Record<string, string> = {};
  if (apiKey !== undefined) headers["x-api-key"] = apiKey;
  for (const text of header) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      return program.error(`--header '${text}' is not name:value`);
    }
    headers[name] = value;
  }
  if (!URL.canParse(url)) program.error(`--url '${url}' is no URL`);
  return new Client({ url: url.replace(/\/+$/, ""), headers });
}

/** Tensors of a request in a file, of flat or nested data. */
async function inputsOf(file: string | undefined): Promise<Tensor[] | undefined> {
  if (file === undefined) return undefined;
  const Request = z.object({
    inputs: z.array(
      z.object({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(z.int()),
        data: z.array(z.unknown()),
      }),
    ),
  });
  const { inputs } = Request.parse(JSON.parse(await readFile(file, "utf8")));
  return inputs.map(({ data, ...input }) => ({
    ...input,
    elements: data.flat(Infinity) as Element[],
  }));
}

function countFailures(results: readonly Result[], level: Level): number {
  const counts = (result: Result) => level === "expected" || result.level === "required";
  return results.filter((result) => result.outcome === "fail" && counts(result)).length;
}

function tableOf(results: readonly Result[]): string {
  const marks = { pass: "pass", fail: "FAIL", skip: "skipped" };
  const table = new Table({
    head: ["clause", "level", "result", "seen"],
    style: { head: [], border: [] },
    colWidths: [43, 10, 9, 74],
    wordWrap: true,
  });
  for (const { id, level, outcome, note, title } of results) {
    table.push([id, level, marks[outcome], outcome === "pass" ? title : note]);
  }
  const number = (outcome: Result["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const sums = `${number("pass")} passed, ${number("fail")} failed, ${number("skip")} skipped`;
  return `${table.toString()}\n${sums}`;
}
