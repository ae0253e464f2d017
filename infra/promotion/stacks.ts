import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stackFile } from "../../embedded/paths.ts";
import type { Gate } from "../../contracts/gates.ts";
import {
  type CompareConfig,
  Model,
  type ModelConfig,
  type RampConfig,
  type SlotConfig,
} from "../model-schema.ts";
import { describeIssue } from "../problems.ts";
import { EditError, type PinnedSlot, type Slots } from "./slots.ts";
import { parseStackFile } from "./stack-file.ts";

/** As much of a stack file as promotion needs; the program checks all of it. Models are read one by one. */
const Config = z.looseObject({
  "isotherm:role": z.literal("environment", "must be environment: a cluster serves no models"),
  "isotherm:target": z.looseObject({ context: z.string().optional() }).default({}),
  "isotherm:models": z.record(z.string(), z.unknown()).default({}),
});

/** A model of a stack file. */
export interface StackModel {
  slots: Slots;
  /** A training whose newest release is served, where no release is named. */
  follow: string | undefined;
  shadow: Omit<PinnedSlot, "weight"> | undefined;
  gates: Gate[];
  /** What the model asks of every release beside the incumbent. */
  compare: CompareConfig | undefined;
  maxAgeSeconds: number | undefined;
  ramp: RampConfig | undefined;
  floor: string | undefined;
}

/** The stack file of one environment. */
export interface Stack {
  environment: string;
  /** Relative to the project. */
  file: string;
  text: string;
  /** Kube context; undefined is this machine's own cluster. */
  context: string | undefined;
  models: ReadonlyMap<string, StackModel>;
  /** Models that the program would refuse, each with its mistakes: they keep nobody from working on another one. */
  mistaken: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the stack file of an environment.
 * @throws EditError where there is none, or what promotion needs of it is wrong
 */
export function readStack(environment: string, root: string): Stack {
  const file = stackFile(environment);
  let text: string;
  try {
    text = readFileSync(join(root, file), "utf8");
  } catch {
    throw new EditError(`there is no ${file}: an environment is called by the name of its stack`);
  }
  return parseStack(environment, text);
}

/** @throws EditError that names each mistake with its path, those inside a model apart */
export function parseStack(environment: string, text: string): Stack {
  const file = stackFile(environment);
  const { config = {} } = (parseStackFile(text, file).toJS() ?? {}) as { config?: unknown };
  const result = Config.safeParse(config);
  if (!result.success) {
    const lines = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
    throw new EditError(`${file}:\n${lines.join("\n")}`);
  }
  const models = new Map<string, StackModel>();
  const mistaken = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(result.data["isotherm:models"])) {
    const model = Model.safeParse(value);
    if (model.success) models.set(name, stackModel(model.data));
    else mistaken.set(name, mistakesOf(name, model.error));
  }
  const { context } = result.data["isotherm:target"];
  return { environment, file, text, context, models, mistaken };
}

function mistakesOf(model: string, { issues }: z.ZodError): string[] {
  return issues
    .flatMap((issue) => describeIssue({ ...issue, path: ["models", model, ...issue.path] }))
    .map(({ path, message }) => `  ${path}: ${message}`);
}

/** Writes the text of a stack file whose edit was made. */
export function writeStack({ file }: Pick<Stack, "file">, text: string, root: string): void {
  writeFileSync(join(root, file), text);
}

/** @throws EditError where the stack file has no such model, or has mistakes in it */
export function modelOf({ file, models, mistaken }: Stack, model: string): StackModel {
  const found = models.get(model);
  if (found !== undefined) return found;
  const mistakes = mistaken.get(model);
  if (mistakes !== undefined) throw new EditError(`${file}:\n${mistakes.join("\n")}`);
  const known = [...models.keys(), ...mistaken.keys()].join(", ") || "none";
  throw new EditError(
    `${file}: isotherm:models has no model "${model}"; there is ${known}: write it there first, with its gates`,
  );
}

/**
 * All models of a stack file.
 * @throws EditError where there are mistakes in one
 */
export function allModels({ file, models, mistaken }: Stack): ReadonlyMap<string, StackModel> {
  const mistakes = [...mistaken.values()].flat();
  if (mistakes.length > 0) throw new EditError(`${file}:\n${mistakes.join("\n")}`);
  return models;
}

function stackModel(model: ModelConfig): StackModel {
  const { blue, green, shadow, gates, compare, maxAge, ramp, floor } = model;
  return {
    slots: { blue: pinned(blue), green: pinned(green) },
    follow: blue !== undefined && "follow" in blue ? blue.follow : undefined,
    shadow,
    gates,
    compare,
    maxAgeSeconds: maxAge,
    ramp,
    floor,
  };
}

function pinned(slot: SlotConfig | undefined): PinnedSlot | undefined {
  return slot === undefined || "follow" in slot ? undefined : slot;
}
