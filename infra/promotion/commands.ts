import type { Live } from "../live.ts";
import type { CompareConfig } from "../model-schema.ts";
import type { WeightedSlot } from "../model-slots.ts";
import { shortDigest } from "../../contracts/release.ts";
import { reconcileChampions } from "./champions.ts";
import { compareNamed } from "./compare-named.ts";
import { finishEdit, type FinishOptions } from "./finish-edit.ts";
import { servingHistory } from "./history.ts";
import { listReleases } from "./list.ts";
import { localComparison } from "./local-comparison.ts";
import { describeNoRegistry, NoRegistryError } from "./no-registry.ts";
import type { OpenPlace } from "./open-place.ts";
import { renderCompared, renderEvidence, renderList, renderSync } from "./print.ts";
import { promote } from "./promote.ts";
import { rollBack } from "./rollback.ts";
import { sourceOf } from "./source.ts";
import { modelOf, readStack, type Stack, type StackModel } from "./stacks.ts";
import { namedSlots, type OpenSource, syncReleases } from "./sync.ts";

/** npm runs its scripts in the project's folder; Pulumi as well looks for its stack files from where it is called. */
const root = () => process.cwd();
const stackOf = (environment: string) => readStack(environment, root());

/**
 * `releases sync`: ends with code 1 where one could not be copied, or does not stand beside the incumbent. An environment
 * that is still to be brought up waits for nothing here: its first `up` makes the registry.
 */
export async function syncCommand(options: { stack: string }): Promise<void> {
  const stack = stackOf(options.stack);
  const named = namedSlots(stack);
  if (stack.models.size === 0) {
    console.log(`${stack.file} names no release`);
    return;
  }
  const syncing = withPlaces(stack, async (place, openSource) => {
    const rows = await syncReleases(named, place, openSource);
    console.log(rows.length === 0 ? `${stack.file} names no release` : renderSync(rows));
    const live = await place.live();
    const compare = localComparison(place);
    const compared = await compareNamed(stack, live, place, openSource, compare);
    if (compared.length > 0) console.log(renderCompared(compared));
    for (const text of await reconcileChampions(stack, live, place.mlflow)) console.log(text);
    const isWhole =
      rows.every(({ outcome }) => outcome !== "failed") && compared.every(({ passed }) => passed);
    if (!isWhole) process.exitCode = 1;
  });
  await syncing.catch((error: unknown) => {
    if (!(error instanceof NoRegistryError)) throw error;
    console.log(describeNoRegistry(stack, named));
  });
}

/** `releases list`. */
export async function listCommand(options: { stack: string; limit: number }): Promise<void> {
  const stack = stackOf(options.stack);
  const rows = await withPlaces(stack, (place) => listReleases(stack, place, options.limit));
  console.log(rows.length === 0 ? `${options.stack} holds no release yet` : renderList(rows));
}

export interface PromoteCommandOptions {
  to: string;
  weight?: number;
  from?: string;
  release?: string;
  metric?: string;
  tolerance?: number;
  data?: string;
  target?: string;
  compare: boolean;
  apply?: boolean;
  dryRun?: boolean;
}

/** `promote`: writes nothing where the release is refused. */
export async function promoteCommand(model: string, options: PromoteCommandOptions): Promise<void> {
  const target = stackOf(options.to);
  const wanted = modelOf(target, model);
  const source = stackOf(sourceOf(target.environment, wanted, options.from));
  const { weight, release, data, target: column } = options;
  const plan = await withPlaces(target, async (place, openSource) => {
    const compare = localComparison(place, { data, target: column });
    const ask = askedOf(options, wanted);
    const asked = { model, weight, release, ask, compare, live: await place.live() };
    return promote(asked, source, target, place, openSource);
  });
  const copied = plan.outcome === "copied" ? "copied to" : "was in";
  console.log(
    `${model}@${shortDigest(plan.release)} from ${source.environment}, ${copied} ${target.environment} ` +
      `as version ${plan.version}\n${plan.verdicts.map((one) => `  ${one}`).join("\n")}\n` +
      renderEvidence(plan.evidence),
  );
  await finishEdit(target, model, plan, root(), options);
}

/**
 * What the command line asks of this release alone beside the incumbent, with what the file asks of every release where it
 * says nothing of that; undefined where it says nothing at all.
 */
function askedOf(
  { compare, metric, tolerance }: PromoteCommandOptions,
  model: StackModel,
): CompareConfig | undefined {
  if (!compare) return "off";
  if (metric === undefined && tolerance === undefined) return undefined;
  const always = typeof model.compare === "object" ? model.compare : { tolerance: 0 };
  return {
    ...always,
    ...(metric === undefined ? {} : { metric }),
    tolerance: tolerance ?? always.tolerance,
  };
}

export interface RollbackCommandOptions {
  env: string;
  to?: WeightedSlot;
  /** @default true */
  apply?: boolean;
  dryRun?: boolean;
}

/** `rollback`: also where the stack file says so already, as the cluster may not. */
export async function rollbackCommand(
  model: string,
  options: RollbackCommandOptions,
): Promise<void> {
  const stack = stackOf(options.env);
  const live = await liveFor(stack, model);
  const history = () => servingHistory(stack, model, root());
  const plan = rollBack(stack, model, { live, history }, options.to);
  console.log(`${model}: ${plan.reason}`);
  await finishEdit(stack, model, plan, root(), { apply: true, ...options });
}

/** `ramp`: writes nothing where the present share is still to be held. */
export async function rampCommand(
  model: string,
  options: { env: string } & FinishOptions,
): Promise<void> {
  const stack = stackOf(options.env);
  const [{ planRamp }, { liveOf }] = await Promise.all([
    import("./ramp.ts"),
    import("./live-of.ts"),
  ]);
  const plan = planRamp(stack, model, await liveOf(stack), new Date());
  if (plan.wait !== undefined) {
    console.log(plan.wait);
    return;
  }
  await finishEdit(stack, model, plan, root(), options);
}

/** What the cluster keeps of releases and holds. Where it cannot be asked, a way back without a floor is still to be found. */
async function liveFor(stack: Stack, model: string): Promise<Pick<Live, "records" | "holds">> {
  const { floor } = modelOf(stack, model);
  try {
    const { liveOf } = await import("./live-of.ts");
    return await liveOf(stack);
  } catch (error) {
    if (floor !== undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`the cluster was not asked what it admitted first, nor for holds: ${reason}`);
    return { records: [], holds: [] };
  }
}

/** Opens an environment for some work, and others when they are asked for, once each; closes them all after. */
async function withPlaces<T>(
  stack: Stack,
  work: (place: OpenPlace, openSource: OpenSource) => Promise<T>,
): Promise<T> {
  // They bring Pulumi's components along, which a rollback does not need.
  const { openPlace } = await import("./open-place.ts");
  const opened = new Map<string, Promise<OpenPlace>>();
  const open = (other: Stack, access: "read" | "write"): Promise<OpenPlace> => {
    const place = opened.get(other.environment) ?? openPlace(other, access);
    opened.set(other.environment, place);
    return place;
  };
  try {
    return await work(await open(stack, "write"), async (name) => open(stackOf(name), "read"));
  } finally {
    for (const place of await Promise.allSettled(opened.values())) {
      if (place.status === "fulfilled") place.value.close();
    }
  }
}
