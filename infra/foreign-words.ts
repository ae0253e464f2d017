import type { ForeignChange, Live, LiveSlot } from "./live.ts";
import type { ModelConfig } from "./model-schema.ts";
import type { Slot } from "../contracts/serving-config.ts";
import { shortDigest } from "../contracts/release.ts";

/** Who changed something past the stack file, and what an update makes of it, in sentences. */
export function describeForeignChanges(
  models: Readonly<Record<string, ModelConfig>>,
  live: Live,
): string[] {
  const list =
    live.approved.changed === undefined
      ? []
      : [
          `the list of approved releases was changed by ${who(live.approved.changed)}; ` +
            "`pulumi up` writes what the stack file says",
        ];
  const missing =
    "the list of approved releases is not in the cluster, so that no weight and no servers can be changed; " +
    "`pulumi up` writes it, where somebody deleted it after `pulumi refresh`";
  return [
    ...(live.approved.isMissing === true ? [missing] : list),
    ...Object.entries(models).flatMap(([model, wanted]) => [
      ...describeWeights(model, wanted, live),
      ...[...(live.slots.get(model) ?? [])].flatMap(([slot, now]) =>
        describeServers(model, slot, wanted, now),
      ),
    ]),
  ];
}

function describeWeights(model: string, wanted: ModelConfig, live: Live): string[] {
  const { http, grpc } = live.routes;
  const changed = http.get(model)?.changed;
  if (changed !== undefined) {
    const slots = [...(live.slots.get(model) ?? [])].filter(([slot]) => slot !== "shadow");
    const now = slots.map(([slot, { weight }]) => `${slot} ${weight}`).join(", ");
    const file = (["blue", "green"] as const).flatMap((slot) => {
      const config = wanted[slot];
      return config === undefined ? [] : [`${slot} ${config.weight}`];
    });
    return [
      `${model}: weights were changed by ${who(changed)}, to ${now}; ` +
        `\`pulumi up\` writes those of the stack file, ${file.join(", ")}`,
    ];
  }
  const ofGrpc = grpc.get(model)?.changed;
  if (ofGrpc === undefined) return [];
  return [
    `${model}: weights of gRPC were changed by ${who(ofGrpc)}; \`pulumi up\` writes those of the stack file`,
  ];
}

function describeServers(
  model: string,
  slot: Slot,
  wanted: ModelConfig,
  { changed, release }: LiveSlot,
): string[] {
  if (changed === undefined || wanted[slot] === undefined) return [];
  const loaded = release === undefined ? "no release" : `release ${shortDigest(release)}`;
  return [
    `${model}: servers of ${slot} were changed by ${who(changed)}, and have ${loaded}; ` +
      "`pulumi up` makes them what the stack file says",
  ];
}

function who({ manager, at }: ForeignChange): string {
  return at === "" ? manager : `${manager} at ${at}`;
}
