import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentGateway } from "../components/gateway/environment-gateway.ts";
import { ModelRoute } from "../components/gateway/model-route.ts";
import type { ApiKey } from "../components/serving/api-key.ts";
import type { AdmittedRelease } from "../components/serving/model-release.ts";
import { ModelServer } from "../components/serving/model-server.ts";
import type { ReleaseSurroundings, SlotReleases } from "./admitted-releases.ts";
import { followWithChampion } from "./champion.ts";
import { gpuRequest } from "./gpu-pools.ts";
import type { GpuPools } from "./gpu-schema.ts";
import { undoing } from "./live.ts";
import { hasSlot, type ModelConfig } from "./model-schema.ts";
import { requestsOf, slotsOf } from "./model-slots.ts";
import { describeGap, describeLeaving, describeWaiting } from "./traffic-words.ts";

/** What a model's slots are made of. */
export interface ModelSurroundings extends ReleaseSurroundings {
  gateway: EnvironmentGateway;
  apiKey: ApiKey;
  /** The serving image. */
  image: string;
  gpuPools: GpuPools;
}

/** A model's slots and its route, as far as others need them. */
export interface DeclaredModel {
  url: pulumi.Output<string>;
  releases: SlotReleases;
  /** Release of the slot with the most requests. */
  release: pulumi.Output<AdmittedRelease>;
  /** CPU requested by all servers, in thousandths of a core. */
  cpu: number;
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
    if (wanted.surge === "replace") {
      server.pod.apply((pod) => {
        const text = describeGap(model, slot, pod, live.slots.get(model)?.get(slot));
        if (text !== undefined) around.say(text);
      });
    }
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

function announceLeaving(
  model: string,
  wanted: ModelConfig,
  { live, say }: ModelSurroundings,
): void {
  for (const [slot, now] of live.slots.get(model) ?? []) {
    if (wanted[slot] === undefined) say(describeLeaving(model, slot, now));
  }
}
