import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stackFile } from "../../embedded/paths.ts";
import { Gate } from "../../contracts/gates.ts";
import { Digest, Duration } from "../schema-parts.ts";
import { EditError, type PinnedSlot, type Slots, Weight } from "./slots.ts";
import { parseStackFile } from "./stack-file.ts";

const Slot = z.looseObject({
  release: Digest.optional(),
  follow: z.string().optional(),
  from: z.string().optional(),
  weight: Weight.optional(),
});
type Slot = z.infer<typeof Slot>;

/** As much of a model as promotion needs; the program checks all of it. */
const Model = z.looseObject({
  blue: Slot.optional(),
  green: Slot.optional(),
  shadow: Slot.optional(),
  gates: z.array(Gate).default([]),
  maxAge: Duration.optional(),
  floor: Digest.optional(),
});

const Config = z.looseObject({
  "isotherm:role": z.literal("environment", "must be environment: a cluster serves no models"),
  "isotherm:target": z.looseObject({ context: z.string().optional() }).default({}),
  "isotherm:models": z.record(z.string(), Model).default({}),
});

/** A model of a stack file. */
export interface StackModel {
  slots: Slots;
  /** A training whose newest release is served, where no release is named. */
  follow: string | undefined;
  shadow: Pick<PinnedSlot, "release" | "from"> | undefined;
  gates: Gate[];
  maxAgeSeconds: number | undefined;
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

/** @throws EditError that names each mistake with its path */
export function parseStack(environment: string, text: string): Stack {
  const file = stackFile(environment);
  const { config = {} } = (parseStackFile(text, file).toJS() ?? {}) as { config?: unknown };
  const result = Config.safeParse(config);
  if (!result.success) {
    const lines = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
    throw new EditError(`${file}:\n${lines.join("\n")}`);
  }
  const models = Object.entries(result.data["isotherm:models"]).map(
    ([name, model]) => [name, stackModel(model)] as const,
  );
  const { context } = result.data["isotherm:target"];
  return { environment, file, text, context, models: new Map(models) };
}

/** Writes the text of a stack file whose edit was made. */
export function writeStack({ file }: Pick<Stack, "file">, text: string, root: string): void {
  writeFileSync(join(root, file), text);
}

/** @throws EditError where the stack file has no such model */
export function modelOf({ file, models }: Stack, model: string): StackModel {
  const found = models.get(model);
  if (found !== undefined) return found;
  const known = [...models.keys()].join(", ") || "none";
  throw new EditError(
    `${file}: isotherm:models has no model "${model}"; there is ${known}: write it there first, with its gates`,
  );
}

function stackModel({
  blue,
  green,
  shadow,
  gates,
  maxAge,
  floor,
}: z.infer<typeof Model>): StackModel {
  return {
    slots: { blue: pinned(blue, 100), green: pinned(green, 0) },
    follow: blue?.follow,
    shadow:
      shadow?.release === undefined ? undefined : { release: shadow.release, from: shadow.from },
    gates,
    maxAgeSeconds: maxAge,
    floor,
  };
}

/** @param share where the file gives no weight */
function pinned(slot: Slot | undefined, share: number): PinnedSlot | undefined {
  if (slot?.release === undefined) return undefined;
  return { release: slot.release, from: slot.from, weight: slot.weight ?? share };
}
