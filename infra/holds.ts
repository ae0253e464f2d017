import type { ModelHold } from "../contracts/hold.ts";
import { shortDigest } from "../contracts/release.ts";
import type { Problem } from "./config.ts";
import { holdOn, type Live } from "./live.ts";
import type { ModelConfig } from "./model-schema.ts";

/** A training's newest release is on hold, and a slot would follow it. */
export class HeldError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HeldError";
  }
}

type Named = Extract<NonNullable<ModelConfig["green"]>, { release: string }>;

/** Finds slots whose release is on hold and has requests by the stack file; each problem shows the edit that agrees. */
export function checkHolds(
  environment: string,
  models: Readonly<Record<string, ModelConfig>>,
  live: Live,
): Problem[] {
  return Object.entries(models).flatMap(([model, wanted]) =>
    (["blue", "green"] as const).flatMap((slot): Problem[] => {
      const config = wanted[slot];
      if (config === undefined || "follow" in config || config.weight === 0) return [];
      const hold = holdOn(live, model, config.release);
      if (hold === undefined) return [];
      const message = `${describeHold(hold)}. ${wayOut(environment, model, slot, wanted, live)}`;
      return [
        {
          path: `isotherm:models.${model}.${slot}`,
          message: `${message}or ${liftCommand(environment, hold)}`,
        },
      ];
    }),
  );
}

/**
 * What is wrong where the newest release of a training is on hold, with the edit that agrees.
 * @param older digest of the newest release that is not on hold, where there is one
 */
export function describeHeldFollow(
  environment: string,
  hold: ModelHold,
  training: string,
  older: string | undefined,
): string {
  const edit =
    older === undefined
      ? "No older release passes the gates: train again, "
      : `This edit agrees:\n      blue: { release: "${shortDigest(older)}" }\n    Or train again, `;
  return (
    `isotherm:models.${hold.model}.blue: follows ${training}, whose newest ${describeHold(hold)}. ` +
    `${edit}or ${liftCommand(environment, hold)}`
  );
}

/** Which release is on hold, since when, by whom and why. */
export function describeHold({ release, at, by, reason }: ModelHold): string {
  return `release "${shortDigest(release)}" is on hold since ${at} by ${by} ("${reason}"), so it gets no requests`;
}

function wayOut(
  environment: string,
  model: string,
  slot: "blue" | "green",
  wanted: ModelConfig,
  live: Live,
): string {
  const held = wanted[slot];
  const name = slot === "blue" ? "green" : "blue";
  const other = wanted[name];
  if (held === undefined || "follow" in held) return "";
  if (
    other === undefined ||
    "follow" in other ||
    holdOn(live, model, other.release) !== undefined
  ) {
    return (
      `No other slot can take them: \`npm run promote -- ${model} --to ${environment} --weight 100\` ` +
      "with another release, "
    );
  }
  const lines = { [slot]: written(held, 0), [name]: written(other, 100) };
  return (
    `This edit agrees:\n      blue: ${lines["blue"]}\n      green: ${lines["green"]}\n` +
    `    \`npm run rollback -- ${model} --env ${environment} --to ${name}\` writes and applies it; `
  );
}

function written({ release, from }: Named, weight: number): string {
  const origin = from === undefined ? "" : `from: ${from}, `;
  return `{ release: "${release}", ${origin}weight: ${weight} }`;
}

/** What lifts a hold, for a message. */
export function liftCommand(environment: string, { model, release }: ModelHold): string {
  return `lift the hold: \`npm run hold -- ${model} --release ${shortDigest(release)} --env ${environment} --lift\``;
}
