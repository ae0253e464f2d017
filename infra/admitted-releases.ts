import * as pulumi from "@pulumi/pulumi";
import type { Deployer } from "../components/foundation/deployed.ts";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import { registryPodLabels } from "../components/registry/registry-server.ts";
import { ModelRelease, type AdmittedRelease } from "../components/serving/model-release.ts";
import { Mlflow } from "../contracts/mlflow.ts";
import { services } from "../contracts/names.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { IncumbentRules } from "./admission.ts";
import { compareOf, ruleOf } from "./comparison-rule.ts";
import { FloorError, requireFloor } from "./floor.ts";
import { describeHeldFollow, HeldError } from "./holds.ts";
import { incumbentOf } from "./incumbent.ts";
import { holdOn, recordOf, shadowRecordOf, type Live } from "./live.ts";
import type { ModelConfig } from "./model-schema.ts";
import { requestsOf, slotsOf, type WantedSlot } from "./model-slots.ts";
import { findRelease, NoReleaseError, type Wish } from "./registry.ts";
import type { Target, Tunnel } from "./targets/target.ts";
import { describeSlot } from "./traffic-words.ts";
import { releaseFault } from "./whole-release.ts";

/** By what a model's releases are judged, and where they are found. */
export interface ReleaseSurroundings {
  environment: string;
  namespace: pulumi.Output<string>;
  registry: ModelRegistry;
  /** What makes the model's releases here, and when it has. */
  training: (pulumi.Resource & { done: pulumi.Output<unknown> }) | undefined;
  /** What the cluster holds now. */
  live: Live;
  /** Who runs this deployment, for the ledger. */
  deployer: Deployer;
  /** Tells people what is about to happen. */
  say: (text: string) => void;
  openTunnel: (
    namespace: string,
    labels: Readonly<Record<string, string>>,
    port: number,
  ) => Promise<Tunnel>;
  /** Opens the releases that servers load. */
  openReleases: Target<never>["openReleases"];
}

/** By slot, the shadow included. */
export type SlotReleases = ReadonlyMap<Slot, pulumi.Output<AdmittedRelease>>;

/** The releases of a model's slots, each judged and with a record of its own; nothing serves them by that. */
export function admitReleases(
  model: string,
  wanted: ModelConfig,
  around: ReleaseSurroundings,
  opts: pulumi.ComponentResourceOptions,
): SlotReleases {
  const { environment, namespace, registry } = around;
  const found = new Map<string, pulumi.Output<AdmittedRelease>>();
  // The shadow comes last: a release that another slot has too is admitted as that slot's.
  const releases = slotsOf(wanted).map(({ slot, wish, share }) => {
    const name = releaseName(model, wish);
    const release =
      found.get(name) ??
      pulumi
        .all([namespace, registry.ready, around.training?.done])
        .apply(([resolved]) => findAdmitted(resolved, model, { slot, wish }, wanted, around));
    if (!found.has(name)) {
      new ModelRelease(name, { environment, namespace, model, release }, opts);
    }
    found.set(name, release);
    announce(model, { slot, wish, share }, release, around);
    return [slot, release] as const;
  });
  return new Map(releases);
}

/** A release has one record, whichever slots have it. Which one a training makes is known only when it made it. */
function releaseName(model: string, wish: Wish): string {
  return "follow" in wish ? `${model}-release` : `${model}-release-${wish.release.slice(0, 12)}`;
}

/** Whether one of the slots that have a release also has requests. */
function hasRequests(model: string, wish: Wish, wanted: ModelConfig): boolean {
  const name = releaseName(model, wish);
  return slotsOf(wanted).some(
    (one) => releaseName(model, one.wish) === name && requestsOf(one.share) > 0,
  );
}

/** Reads the environment's own registry and judges by the environment's own gates, at preview as well. */
async function findAdmitted(
  namespace: string,
  model: string,
  { slot, wish }: Pick<WantedSlot, "slot" | "wish">,
  wanted: ModelConfig,
  around: ReleaseSurroundings,
): Promise<AdmittedRelease> {
  const { environment, registry, training, live, openTunnel } = around;
  try {
    const labels = registryPodLabels(environment);
    const tunnel = await openTunnel(namespace, labels, services.registry.port);
    try {
      const mlflow = new Mlflow({ url: tunnel.url, retries: 8 });
      const find = (passOver?: (digest: string) => boolean) =>
        findRelease(mlflow, model, wish, wanted.gates, {
          maxAgeSeconds: wanted.maxAge,
          incumbent: incumbentRules(model, { slot, wish }, wanted, { environment, live }),
          recordOf: (digest) => recordOf(live, digest),
          shadowRecordOf: (digest) => shadowRecordOf(live, digest),
          isShadow: slot === "shadow",
          faultOf: (candidate) =>
            releaseFault(mlflow, candidate, () => around.openReleases(namespace, environment)),
          deployer: around.deployer,
          passOver,
        });
      const found = await find();
      if (hasRequests(model, wish, wanted)) requireFloor(model, found, wanted.floor, live);
      const hold = "follow" in wish ? holdOn(live, model, found.digest) : undefined;
      if (hold === undefined || !("follow" in wish)) return found;
      const isHeld = (digest: string) => holdOn(live, model, digest) !== undefined;
      const older = await find(isHeld).catch(() => undefined);
      throw new HeldError(describeHeldFollow(environment, hold, wish.follow, older?.digest));
    } finally {
      tunnel.close();
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const unread = `model ${model}: the registry of ${environment} cannot be read: ${reason}`;
    const isRefused = [NoReleaseError, HeldError, FloorError].some((kind) => error instanceof kind);
    throw new Refusal(isRefused ? reason : unread, training ?? registry);
  }
}

/** What a release that is admitted now is held against: the release that has most of the live requests. */
function incumbentRules(
  model: string,
  { slot, wish }: Pick<WantedSlot, "slot" | "wish">,
  wanted: ModelConfig,
  { environment, live }: Pick<ReleaseSurroundings, "environment" | "live">,
): IncumbentRules | undefined {
  const digest = incumbentOf(live, model);
  if (digest === undefined) return undefined;
  const wayOut = `\`npm run releases -- sync --stack ${environment}\` compares them`;
  return { digest, rule: ruleOf(wanted.gates, compareOf(wish, wanted, slot)), wayOut };
}

/** Says in words, at preview as well, what is about to happen to a slot. */
function announce(
  model: string,
  { slot, wish, share }: WantedSlot,
  release: pulumi.Output<AdmittedRelease>,
  { live, say }: Pick<ReleaseSurroundings, "live" | "say">,
): void {
  const now = live.slots.get(model)?.get(slot);
  const from = "from" in wish ? wish.from : undefined;
  release.apply((admitted) => {
    const text = describeSlot(model, slot, share, admitted, now, from);
    if (text !== undefined) say(text);
  });
}

/** Pulumi's SDK puts the path of every property that waits for a value before the message; a reader needs none of it. */
class Refusal extends pulumi.ResourceError {
  constructor(text: string, resource: pulumi.Resource) {
    super(text, resource, true);
    Object.defineProperty(this, "message", { get: () => text, set: () => undefined });
  }
}
