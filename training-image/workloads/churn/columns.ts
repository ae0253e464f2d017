import { BadInputError } from "../errors.ts";

/** What a column of a table is: a measurement, a word, nothing to learn from, or what is to be told. */
export const columnKinds = ["number", "category", "identifier", "target"] as const;
export type ColumnKind = (typeof columnKinds)[number];

/** Columns of a table by name. Their order in the file does not matter. */
export type Columns = ReadonlyMap<string, ColumnKind>;

/** The bundled data set. */
const bundled = `tenure:number, contract:category, internet_service:category, monthly_charges:number,
  total_charges:number, tech_support:category, payment_method:category, senior_citizen:number, support_calls:number,
  churn:target`;

/** The public table of customers of a telephone company that is known as Telco. */
const telco = `customerID:identifier, gender:category, SeniorCitizen:number, Partner:category, Dependents:category,
  tenure:number, PhoneService:category, MultipleLines:category, InternetService:category, OnlineSecurity:category,
  OnlineBackup:category, DeviceProtection:category, TechSupport:category, StreamingTV:category,
  StreamingMovies:category, Contract:category, PaperlessBilling:category, PaymentMethod:category,
  MonthlyCharges:number, TotalCharges:number, Churn:target`;

/**
 * The description of a table's columns.
 * @param header names of the columns in the file
 * @param description `name:kind, name:kind, ...`; empty for the layouts that are known by their header
 * @throws BadInputError that names every column at fault
 */
export function columnsOf(header: readonly string[], description: string): Columns {
  if (description.trim() !== "") return matched(header, parseColumns(description));
  const known = [bundled, telco].map(parseColumns);
  const found = known.find((columns) => problems(header, columns).length === 0);
  if (found !== undefined) return found;
  const target = known.find((columns) => header.some((name) => columns.get(name) === "target"));
  if (target !== undefined) return matched(header, target);
  throw new BadInputError(
    `data: the columns ${header.join(", ")} are none that are known: describe them by the parameter \`columns\``,
  );
}

/** @throws BadInputError where the text is no description of columns with one target */
export function parseColumns(text: string): Columns {
  const columns = new Map<string, ColumnKind>();
  for (const part of text.split(",").map((one) => one.trim())) {
    const at = part.lastIndexOf(":");
    const [name, word] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    const kind = columnKinds.find((one) => one === word);
    if (at < 1 || kind === undefined) {
      fail(`'${part}' is not a name and one of ${columnKinds.join(", ")}, as in \`tenure:number\``);
    }
    if (columns.has(name)) fail(`'${name}' is named twice`);
    columns.set(name, kind);
  }
  const targets = [...columns].filter(([, kind]) => kind === "target").map(([name]) => name);
  if (targets.length !== 1) fail(`one column must be the target, found ${targets.length}`);
  return columns;
}

function matched(header: readonly string[], columns: Columns): Columns {
  const found = problems(header, columns);
  if (found.length > 0) throw new BadInputError(`data: ${found.join("; ")}`);
  return columns;
}

function problems(header: readonly string[], columns: Columns): string[] {
  return [
    ...[...columns].flatMap(([name, kind]) =>
      header.includes(name) || kind === "identifier" ? [] : [`${kind} column ${name} is missing`],
    ),
    ...header
      .filter((name) => !columns.has(name))
      .map(
        (name) => `column ${name} is not described: name it, as identifier where it says nothing`,
      ),
  ];
}

function fail(problem: string): never {
  throw new BadInputError(`columns: ${problem}`);
}
