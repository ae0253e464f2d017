import { randomBytes, randomUUID } from "node:crypto";
import { hashSync } from "bcryptjs";
import type { Properties, Value } from "../shared/values.ts";
import { Secret, unknown } from "../shared/values.ts";
import { alphabetProblems, below, petName, randomString } from "./generate.ts";
import type { Alphabet } from "./generate.ts";

export type Problem = { readonly property: string; readonly reason: string };

/** One kind of random value: what it is made from, and how. Every setting that changes makes a new value. */
export interface RandomKind {
  /** Settings and their defaults; undefined for those that have none. */
  readonly settings: Readonly<Record<string, Value | undefined>>;
  /** What the value is kept in; unknown at preview. */
  readonly results: readonly string[];
  readonly secretResults: boolean;
  /** The version the official provider's state schema has, where it has one. */
  readonly schemaVersion?: string;
  problems(settings: Properties): Problem[];
  generate(settings: Properties): { id: string; results: Properties };
  /** A value made elsewhere, by what the user gives as its id. */
  import?(id: string): { id: string; settings: Properties; results: Properties };
}

const number = (settings: Properties, key: string): number => Number(settings[key] ?? NaN);
const text = (settings: Properties, key: string): string => String(settings[key] ?? "");

const stringSettings = {
  keepers: undefined,
  length: undefined,
  lower: true,
  minLower: 0,
  minNumeric: 0,
  minSpecial: 0,
  minUpper: 0,
  number: true,
  numeric: true,
  overrideSpecial: undefined,
  special: true,
  upper: true,
};

function alphabetOf(settings: Properties): Alphabet {
  return {
    length: number(settings, "length"),
    lower: settings["lower"] === true,
    upper: settings["upper"] === true,
    numeric: settings["numeric"] === true,
    special: settings["special"] === true,
    minLower: number(settings, "minLower"),
    minUpper: number(settings, "minUpper"),
    minNumeric: number(settings, "minNumeric"),
    minSpecial: number(settings, "minSpecial"),
    overrideSpecial: text(settings, "overrideSpecial"),
  };
}

function stringProblems(settings: Properties): Problem[] {
  return alphabetProblems(alphabetOf(settings));
}

function importedString(value: string): Properties {
  return {
    length: value.length,
    lower: true,
    number: true,
    numeric: true,
    special: true,
    upper: true,
  };
}

const bcryptRounds = 10;

/** bcrypt looks at 72 bytes; the rest of a longer password makes no difference to it. */
function bcrypt(password: string): string {
  const start = Buffer.from(password, "utf8").subarray(0, 72).toString("utf8");
  return hashSync(start, bcryptRounds).replace(/^\$2[by]\$/, "$2a$");
}

const passwordKind: RandomKind = {
  settings: stringSettings,
  results: ["result", "bcryptHash"],
  secretResults: true,
  schemaVersion: "3",
  problems: stringProblems,
  generate(settings) {
    const result = randomString(alphabetOf(settings));
    return { id: "none", results: { result, bcryptHash: bcrypt(result) } };
  },
  import(id) {
    const results = { result: id, bcryptHash: bcrypt(id) };
    return { id: "none", settings: importedString(id), results };
  },
};

const stringKind: RandomKind = {
  settings: stringSettings,
  results: ["result"],
  secretResults: false,
  schemaVersion: "2",
  problems: stringProblems,
  generate(settings) {
    const result = randomString(alphabetOf(settings));
    return { id: result, results: { result } };
  },
  import: (id) => ({ id, settings: importedString(id), results: { result: id } }),
};

function idResults(bytes: Buffer, prefix: string): { id: string; results: Properties } {
  const id = bytes.toString("base64url");
  return {
    id,
    results: {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + id,
      hex: prefix + bytes.toString("hex"),
      dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
    },
  };
}

const idKind: RandomKind = {
  settings: { keepers: undefined, byteLength: undefined, prefix: undefined },
  results: ["b64Std", "b64Url", "hex", "dec"],
  secretResults: false,
  problems: (settings) => atLeastOne(settings, "byteLength"),
  generate: (settings) =>
    idResults(randomBytes(number(settings, "byteLength")), text(settings, "prefix")),
  import(given) {
    const comma = given.lastIndexOf(",");
    const prefix = comma < 0 ? "" : given.slice(0, comma);
    const bytes = Buffer.from(given.slice(comma + 1), "base64url");
    const settings = { byteLength: bytes.length, ...(prefix !== "" && { prefix }) };
    return { settings, ...idResults(bytes, prefix) };
  },
};

function atLeastOne(settings: Properties, property: string): Problem[] {
  const value = number(settings, property);
  if (Number.isInteger(value) && value >= 1) return [];
  return [{ property, reason: `${property} is ${value}, must be a whole number from 1` }];
}

const petKind: RandomKind = {
  settings: { keepers: undefined, length: 2, prefix: undefined, separator: "-" },
  results: [],
  secretResults: false,
  problems: (settings) => atLeastOne(settings, "length"),
  generate(settings) {
    const separator = text(settings, "separator");
    const name = petName(number(settings, "length"), separator);
    const prefix = text(settings, "prefix");
    return { id: prefix === "" ? name : prefix + separator + name, results: {} };
  },
};

const integerKind: RandomKind = {
  settings: { keepers: undefined, max: undefined, min: undefined, seed: undefined },
  results: ["result"],
  secretResults: false,
  problems(settings) {
    const problems: Problem[] = [];
    if (number(settings, "min") > number(settings, "max")) {
      problems.push({ property: "min", reason: "min is greater than max" });
    }
    if (settings["seed"] !== undefined) {
      problems.push({
        property: "seed",
        reason:
          "a seed is not supported by this stand-in provider; install the official random plugin",
      });
    }
    return problems;
  },
  generate(settings) {
    const min = number(settings, "min");
    const result = min + below(number(settings, "max") - min + 1);
    return { id: String(result), results: { result } };
  },
  import(given) {
    const [result = NaN, min = NaN, max = NaN] = given.split(",").map(Number);
    if ([result, min, max].some(Number.isNaN)) {
      throw new Error(`"${given}" is no id of a random integer; want <result>,<min>,<max>`);
    }
    return { id: String(result), settings: { min, max }, results: { result } };
  },
};

const uuidKind: RandomKind = {
  settings: { keepers: undefined },
  results: ["result"],
  secretResults: false,
  problems: () => [],
  generate() {
    const result = randomUUID();
    return { id: result, results: { result } };
  },
  import: (id) => ({ id, settings: {}, results: { result: id } }),
};

const bytesKind: RandomKind = {
  settings: { keepers: undefined, length: undefined },
  results: ["base64", "hex"],
  secretResults: true,
  problems: (settings) => atLeastOne(settings, "length"),
  generate: (settings) => bytesResults(randomBytes(number(settings, "length"))),
  import(given) {
    const bytes = Buffer.from(given, "base64");
    return { settings: { length: bytes.length }, ...bytesResults(bytes) };
  },
};

function bytesResults(bytes: Buffer): { id: string; results: Properties } {
  const base64 = bytes.toString("base64");
  return { id: base64, results: { base64, hex: bytes.toString("hex") } };
}

const kinds: Readonly<Record<string, RandomKind>> = {
  "random:index/randomPassword:RandomPassword": passwordKind,
  "random:index/randomString:RandomString": stringKind,
  "random:index/randomId:RandomId": idKind,
  "random:index/randomPet:RandomPet": petKind,
  "random:index/randomInteger:RandomInteger": integerKind,
  "random:index/randomUuid:RandomUuid": uuidKind,
  "random:index/randomBytes:RandomBytes": bytesKind,
};

/**
 * The kind a resource type stands for.
 * @throws for types this stand-in leaves out
 */
export function kindOfType(type: string): RandomKind {
  const kind = kinds[type];
  if (kind !== undefined) return kind;
  throw new Error(
    `${type} is not supported by this stand-in provider; it has ${Object.keys(kinds).join(", ")}. Install the official random plugin for others`,
  );
}

/** Settings with the defaults filled in; `number` is the old name of `numeric`. */
export function effectiveSettings(kind: RandomKind, inputs: Properties): Properties {
  const settings: Properties = {};
  for (const [key, fallback] of Object.entries(kind.settings)) {
    const value = inputs[key] ?? fallback;
    if (value !== undefined) settings[key] = value;
  }
  if ("numeric" in kind.settings) {
    const value = inputs["numeric"] ?? inputs["number"] ?? true;
    settings["numeric"] = value;
    settings["number"] = value;
  }
  return settings;
}

/** State as the official provider lays it out: settings, results and the id among them. */
export function stateOf(
  kind: RandomKind,
  settings: Properties,
  made: { id: string; results: Properties } | undefined,
): Properties {
  const state: Properties = { ...settings, id: made?.id ?? unknown };
  for (const key of kind.results) {
    const value = made?.results[key] ?? unknown;
    state[key] = kind.secretResults ? new Secret(value) : value;
  }
  // Random bytes keep no id among their properties: it would be the value itself, in the open.
  if (kind === bytesKind) delete state["id"];
  if (kind.schemaVersion !== undefined) {
    state["__meta"] = JSON.stringify({ schema_version: kind.schemaVersion });
  }
  return state;
}
