import { parse } from "csv-parse/sync";
import { BadInputError } from "../../errors.ts";
import type { Observations, Readings } from "./observations.ts";

const required = ["role", "x", "y", "t", "u"] as const;
const cleanColumn = "u_clean";
const roles = ["train", "validation"] as const;
type Role = (typeof roles)[number];

/** With fewer readings the smallest map of the diffusivity (8 x 8 numbers) has more unknowns than data. */
const minimumRows: Readonly<Record<Role, number>> = { train: 64, validation: 1 };
/** So that one broken column does not fill the log. */
const problemsShown = 10;

/**
 * Writes readings as CSV with columns role (train or validation), x, y, t, u and, where known, u_clean. Numbers are
 * rounded far above the last bits, in which machines may differ, so that the same problem gives the same bytes.
 */
export function writeObservations({ training, validation }: Observations): Uint8Array {
  const hasClean = training.clean !== undefined && validation.clean !== undefined;
  const header = [...required, ...(hasClean ? [cleanColumn] : [])].join(",");
  const lines = (role: Role, { points, u, clean }: Readings) =>
    Array.from(u, (reading, row) => {
      const [x, y, t] = [0, 1, 2].map((axis) => points[3 * row + axis]!) as [
        number,
        number,
        number,
      ];
      const place = [x.toFixed(12), y.toFixed(12), t.toFixed(6)];
      const values = hasClean ? [reading, clean![row]!] : [reading];
      return [role, ...place, ...values.map((value) => value.toFixed(10))].join(",");
    });
  const text = [header, ...lines("train", training), ...lines("validation", validation)];
  return new TextEncoder().encode(`${text.join("\n")}\n`);
}

/**
 * Reads what `writeObservations` writes, or readings of real sensors, which have no u_clean.
 * @throws BadInputError that names the columns that are missing, the lines that are wrong, or how many rows there are
 */
export function readObservations(bytes: Uint8Array): Observations {
  const [header = [], ...rows] = split(new TextDecoder().decode(bytes));
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    const found = header.length > 0 ? header.join(", ") : "nothing";
    throw new BadInputError(
      `data: columns ${missing.join(", ")} are missing; the first line has ${found}`,
    );
  }
  const place = Object.fromEntries(header.map((name, index) => [name, index]));
  const hasClean = header.includes(cleanColumn);
  const problems: string[] = [];
  const parts = { train: new Part(hasClean), validation: new Part(hasClean) };
  rows.forEach((row, index) => {
    const fail = (problem: string) => void problems.push(`line ${index + 2}: ${problem}`);
    const number = (column: string, low = -Infinity, high = Infinity) => {
      const text = row[place[column]!]?.trim() ?? "";
      const value = text === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(value)) fail(`${column} is '${text}', wanted a finite number`);
      else if (value < low || value > high) fail(`${column} is ${text}, wanted ${low} to ${high}`);
      return value;
    };
    const role = row[place["role"]!]?.trim();
    const point = [number("x", 0, 1), number("y", 0, 1), number("t", 0, 1)];
    const u = number("u");
    const clean = hasClean ? number(cleanColumn) : undefined;
    if (role !== "train" && role !== "validation")
      fail(`role is '${role}', wanted ${roles.join(" or ")}`);
    else parts[role].add(point, u, clean);
  });
  for (const role of roles) {
    const [count, wanted] = [parts[role].u.length, minimumRows[role]];
    if (count < wanted) problems.push(`${count} rows of role ${role}, wanted at least ${wanted}`);
  }
  if (problems.length > 0) {
    const rest = problems.length - problemsShown;
    const shown = problems.slice(0, problemsShown).join("; ");
    throw new BadInputError(`data: ${shown}${rest > 0 ? `; and ${rest} more` : ""}`);
  }
  return { training: parts.train.readings(), validation: parts.validation.readings() };
}

class Part {
  readonly u: number[] = [];
  private readonly points: number[] = [];
  private readonly clean: number[] | undefined;

  constructor(hasClean: boolean) {
    this.clean = hasClean ? [] : undefined;
  }

  add(point: number[], u: number, clean: number | undefined): void {
    this.points.push(...point);
    this.u.push(u);
    if (clean !== undefined) this.clean?.push(clean);
  }

  readings(): Readings {
    return {
      points: Float64Array.from(this.points),
      u: Float64Array.from(this.u),
      ...(this.clean && { clean: Float64Array.from(this.clean) }),
    };
  }
}

function split(text: string): string[][] {
  try {
    return parse(text, { bom: true, trim: true, skipEmptyLines: true });
  } catch (error) {
    throw new BadInputError(`data: not a CSV table: ${(error as Error).message}`, { cause: error });
  }
}
