import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentGateway } from "../components/gateway/environment-gateway.ts";
import { ModelRoute } from "../components/gateway/model-route.ts";
import type { ModelRegistry } from "../components/registry/model-registry.ts";
import { registryPodLabels } from "../components/registry/registry-server.ts";
import type { ApiKey } from "../components/serving/api-key.ts";
import { ModelRelease, type AdmittedRelease } from "../components/serving/model-release.ts";
import { ModelServer } from "../components/serving/model-server.ts";
import type { Deployer } from "../components/foundation/deployed.ts";
import { Mlflow } from "../contracts/mlflow.ts";
import { services } from "../contracts/names.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { gpuRequest } from "./gpu-pools.ts";
import type { GpuPools } from "./gpu-schema.ts";
import type { IncumbentRules } from "./admission.ts";
import { followWithChampion } from "./champion.ts";
import { compareOf, ruleOf } from "./comparison-rule.ts";
import { FloorError, requireFloor } from "./floor.ts";
import { incumbentOf } from "./incumbent.ts";
import { describeHeldFollow, HeldError } from "./holds.ts";
import { holdOn, recordOf, undoing, type Live } from "./live.ts";
import { hasSlot, type ModelConfig } from "./model-schema.ts";
import { findRelease, NoReleaseError, type Wish } from "./registry.ts";
import type { Tunnel } from "./targets/target.ts";
import { describeLeaving, describeSlot, describeWaiting, type Share } from "./traffic-words.ts";
import { fileFault } from "./whole-release.ts";

/** What a model's slots are made of. */
export interface ModelSurroundings {
  environment: string;
  namespace: pulumi.Output<string>;
  registry: ModelRegistry;
  gateway: EnvironmentGateway;
  apiKey: ApiKey;
  /** The serving image. */
  image: string;
  gpuPools: GpuPools;
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
}

/** By slot, the shadow included. */
export type SlotReleases = ReadonlyMap<Slot, pulumi.Output<AdmittedRelease>>;

/** A model's slots and its route, as far as others need them. */
export interface DeclaredModel {
  url: pulumi.Output<string>;
  releases: SlotReleases;
  /** Release of the slot with the most requests. */
  release: pulumi.Output<AdmittedRelease>;
  /** CPU requested by all servers, in thousandths of a core. */
  cpu: number;
}

interface WantedSlot {
  slot: Slot;
  wish: Wish;
  share: Share;
}

/** The releases of a model's slots, each judged and with a record of its own; nothing serves them by that. */
export function admitReleases(
  model: string,
  wanted: ModelConfig,
  around: Omit<ModelSurroundings, "gateway" | "apiKey">,
  opts: pulumi.ComponentResourceOptions,
): SlotReleases {
  const { environment, namespace, registry } = around;
  const found = new Map<string, pulumi.Output<AdmittedRelease>>();
  const releases = slotsOf(wanted).map(({ slot, wish, share }) => {
    const name = releaseName(model, wish);
    const release =
      found.get(name) ??
      pulumi
        .all([namespace, registry.ready, around.training?.done])
        .apply(([resolved]) => admit(resolved, model, wish, wanted, around));
    if (!found.has(name)) {
      new ModelRelease(name, { environment, namespace, model, release }, opts);
    }
    found.set(name, release);
    announce(model, { slot, wish, share }, release, around);
    return [slot, release] as const;
  });
  return new Map(releases);
}

/**
 * Servers for every slot of a model, and one route that shares the requests out among them.
 * @param releases what the slots have
 * @returns undefined where the model has no slot: nothing is made for it, and people are told what gives it one
 */
export function declareModel(
  model: string,
  wanted: ModelConfig,
  releases: SlotReleases,
  around: ModelSurroundings,
  opts: pulumi.ComponentResourceOptions,
): DeclaredModel | undefined {
  const { environment, namespace, registry, gateway, live } = around;
  announceLeaving(model, wanted, around);
  if (!hasSlot(wanted)) {
    around.say(describeWaiting(model, environment, around.training !== undefined));
    return undefined;
  }
  const place = { environment, namespace };
  const servers = slotsOf(wanted).map(({ slot, share }) => {
    const release = releases.get(slot);
    if (release === undefined) throw new TypeError(`model ${model}: ${slot} has no release`);
    const server = new ModelServer(
      `${model}-${slot}`,
      {
        ...place,
        model,
        slot,
        image: around.image,
        release,
        objects: registry.objects,
        apiKey: around.apiKey,
        scale: wanted.scale,
        surge: wanted.surge,
        resources: wanted.resources,
        gpu: gpuRequest(wanted.gpu, around.gpuPools),
        audit: wanted.audit,
        physics: wanted.physics,
        undone: undoing(live.slots.get(model)?.get(slot)),
        deployment: { now: around.deployer, before: live.slots.get(model)?.get(slot)?.deployed },
        ...(wanted.events === undefined ? {} : { events: { url: wanted.events.sink } }),
      },
      opts,
    );
    const { service, port, grpcPort } = server;
    return { slot, share, release, cpu: server.cpu, backend: { slot, service, port, grpcPort } };
  });

  const backends = servers.flatMap(({ share, backend }) =>
    "weight" in share ? [{ ...backend, weight: share.weight }] : [],
  );
  const [shadow] = servers.flatMap(({ share, backend }) =>
    "percent" in share ? [{ ...backend, percent: share.percent }] : [],
  );
  const route = new ModelRoute(
    `${model}-route`,
    {
      ...place,
      model,
      gateway,
      backends,
      ...(shadow === undefined ? {} : { shadow }),
      undone: {
        http: undoing(live.routes.http.get(model)),
        grpc: undoing(live.routes.grpc.get(model)),
      },
      deployment: { now: around.deployer, before: live.routes.http.get(model)?.deployed },
    },
    opts,
  );
  const [first] = servers.toSorted((one, other) => requestsOf(other.share) - requestsOf(one.share));
  if (first === undefined) throw new TypeError(`model ${model} has no slot`);
  // Whoever reads the address reads it when the alias was asked for too.
  const crowned = followWithChampion({
    ...place,
    model,
    release: first.release,
    moved: route.url,
    openTunnel: around.openTunnel,
  });
  return {
    url: pulumi.all([route.url, crowned]).apply(([url]) => url),
    releases,
    release: first.release,
    cpu: servers.reduce((sum, { cpu }) => sum + cpu, 0),
  };
}

function slotsOf({ blue, green, shadow }: ModelConfig): WantedSlot[] {
  return [
    ...(blue === undefined ? [] : [{ slot: "blue" as const, wish: blue, share: blue }]),
    ...(green === undefined ? [] : [{ slot: "green" as const, wish: green, share: green }]),
    ...(shadow === undefined ? [] : [{ slot: "shadow" as const, wish: shadow, share: shadow }]),
  ];
}

function requestsOf(share: Share): number {
  return "weight" in share ? share.weight : -1;
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
async function admit(
  namespace: string,
  model: string,
  wish: Wish,
  wanted: ModelConfig,
  around: Omit<ModelSurroundings, "gateway" | "apiKey">,
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
          incumbent: incumbentRules(model, wish, wanted, { environment, live }),
          recordOf: (digest) => recordOf(live, digest),
          faultOf: ({ run, manifest }) => fileFault(mlflow, run, manifest),
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
  wish: Wish,
  wanted: ModelConfig,
  { environment, live }: Pick<ModelSurroundings, "environment" | "live">,
): IncumbentRules | undefined {
  const digest = incumbentOf(live, model);
  if (digest === undefined) return undefined;
  const wayOut = `\`npm run releases -- sync --stack ${environment}\` compares them`;
  return { digest, rule: ruleOf(wanted.gates, compareOf(wish, wanted)), wayOut };
}

/** Says in words, at preview as well, what is about to happen to a slot. */
function announce(
  model: string,
  { slot, wish, share }: WantedSlot,
  release: pulumi.Output<AdmittedRelease>,
  { live, say }: Pick<ModelSurroundings, "live" | "say">,
): void {
  const now = live.slots.get(model)?.get(slot);
  const from = "from" in wish ? wish.from : undefined;
  release.apply((admitted) => {
    const text = describeSlot(model, slot, share, admitted, now, from);
    if (text !== undefined) say(text);
  });
}

function announceLeaving(
  model: string,
  wanted: ModelConfig,
  { live, say }: ModelSurroundings,
): void {
  for (const [slot, now] of live.slots.get(model) ?? []) {
    if (wanted[slot] === undefined) say(describeLeaving(model, slot, now));
  }
}

/** Pulumi's SDK puts the path of every property that waits for a value before the message; a reader needs none of it. */
class Refusal extends pulumi.ResourceError {
  constructor(text: string, resource: pulumi.Resource) {
    super(text, resource, true);
    Object.defineProperty(this, "message", { get: () => text, set: () => undefined });
  }
}
