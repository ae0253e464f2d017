import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "./config.ts";

/**
 * What may be another thing in prod than in staging: where it runs, how much there is of it, and which releases are where
 * on their way. What a release is judged by, and how it is served, may not.
 */
const allowed = [
  /^isotherm:target\./,
  /^isotherm:registry\.(database|objects)\.(kind|storage)$/,
  /^isotherm:gateway\.class$/,
  /^isotherm:backup\./,
  /^isotherm:models\.[^.]+\.(blue|green|shadow)\b/,
  /^isotherm:models\.[^.]+\.(scale|resources)\./,
  // Which nodes have the GPUs; that servers have one may not differ, since another processor rounds otherwise.
  /^isotherm:gpuPools\./,
  /^isotherm:models\.[^.]+\.gpu\.pool$/,
  /^isotherm:batch\b/,
];

type Config = Record<string, unknown>;

function read(stack: string): Config {
  const file = join(import.meta.dirname, `../stacks/Pulumi.${stack}.yaml`);
  return (parse(readFileSync(file, "utf8")) as { config: Config }).config;
}

/** Every value by its path: `isotherm:models.wine.gates[0].metric`. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, isList ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}

/** A model that only one of them has is on its way to the other. */
function commonModels(config: Config, other: Config): Config {
  const models = (config["isotherm:models"] ?? {}) as Config;
  const known = (other["isotherm:models"] ?? {}) as Config;
  const common = Object.entries(models).filter(([name]) => Object.hasOwn(known, name));
  return { ...config, "isotherm:models": Object.fromEntries(common) };
}

function differences(staging: Config, prod: Config): string[] {
  const [one, two] = [commonModels(staging, prod), commonModels(prod, staging)].map(
    (config) => new Map(leaves(config)),
  );
  const paths = new Set([...(one?.keys() ?? []), ...(two?.keys() ?? [])]);
  return [...paths].filter(
    (path) => one?.get(path) !== two?.get(path) && !allowed.some((rule) => rule.test(path)),
  );
}

const model = (release: string, change: Config = {}) => ({
  blue: { release: release.repeat(12) },
  gates: [{ metric: "accuracy", atLeast: 0.85 }],
  ...change,
});
const withModel = (name: string, wine: Config) => ({ "isotherm:models": { [name]: wine } });

test("G-15 staging and prod differ in nothing but what they may", () => {
  expect(differences(read("staging"), read("prod"))).toEqual([]);
});

test.each<[string, Config, Config, string[]]>([
  ["other releases", withModel("wine", model("a")), withModel("wine", model("b")), []],
  [
    "another scale",
    withModel("wine", model("a")),
    withModel("wine", model("a", { scale: { replicas: 3 } })),
    [],
  ],
  ["a model that is not in prod yet", withModel("wine", model("a")), {}, []],
  [
    "another gate",
    withModel("wine", model("a")),
    withModel("wine", model("a", { gates: [{ metric: "accuracy", atLeast: 0.8 }] })),
    ["isotherm:models.wine.gates[0].atLeast"],
  ],
  [
    "an audit in one only",
    withModel("wine", model("a", { audit: { log: "none" } })),
    withModel("wine", model("a")),
    ["isotherm:models.wine.audit.log"],
  ],
  [
    "another pool of GPUs",
    withModel("wine", model("a", { gpu: { pool: "small", count: 1 } })),
    withModel("wine", model("a", { gpu: { pool: "large", count: 1 } })),
    [],
  ],
  [
    "a GPU in one only",
    withModel("wine", model("a", { gpu: { pool: "large", count: 1 } })),
    withModel("wine", model("a")),
    ["isotherm:models.wine.gpu.count"],
  ],
  [
    "a training in one only",
    { "isotherm:training": { wine: { workload: "wine" } } },
    {},
    ["isotherm:training.wine.workload"],
  ],
])("G-15 %s: what may not differ is found", (_, staging, prod, found) => {
  expect(differences(staging, prod)).toEqual(found);
});

test.each(["staging", "prod"])("N-04 %s trains nothing", (stack) => {
  expect(parseConfig(read(stack))).toMatchObject({ role: "environment", training: {} });
});

test.each(["staging", "prod"])("the example in the comments of %s is sound", (stack) => {
  const file = join(import.meta.dirname, `../stacks/Pulumi.${stack}.yaml`);
  const text = readFileSync(file, "utf8").replaceAll(
    /^ {2}# ( *(?:isotherm:models:|\s{2}).*)$/gm,
    "  $1",
  );
  const { config } = parse(text) as { config: Config };
  expect(parseConfig(config)).toMatchObject({
    models: { wine: { blue: { weight: 90 }, green: { weight: 10 } } },
  });
});
