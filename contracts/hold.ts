import { z } from "zod";
import { keys } from "./names.ts";
import { Instant, Sha256 } from "./primitives.ts";
import { shortDigest } from "./release.ts";

/**
 * A release that may have no requests: data of a ConfigMap in the environment's namespace, whose labels name the model and
 * the release. Whoever takes a release out of service writes one; it is deleted to lift the hold.
 */
export const Hold = z.strictObject({
  release: Sha256,
  /** Why, in a sentence: people read it when a preview refuses. */
  reason: z.string().trim().min(1).max(500),
  /** Who, by the API server's name of them. */
  by: z.string().min(1).max(253),
  at: Instant,
});
export type Hold = z.infer<typeof Hold>;

/** A hold, with the model that its label names. */
export interface ModelHold extends Hold {
  model: string;
}

/** Starts the name of every hold: admission knows them by it. */
export const holdPrefix = "hold-";

/** Name of the ConfigMap that holds a release. */
export function holdName(model: string, release: string): string {
  return `${holdPrefix}${model}-${shortDigest(release)}`;
}

/** Labels of the ConfigMap that holds a release. */
export function holdLabels(model: string, release: string): Record<string, string> {
  return {
    "app.kubernetes.io/part-of": "isotherm",
    [keys.model]: model,
    [keys.hold]: shortDigest(release),
  };
}

/** As much of a ConfigMap as a hold is read from. */
export interface HoldObject {
  metadata?: { name?: string; labels?: Readonly<Record<string, string>> };
  data?: Readonly<Record<string, string>>;
}

/**
 * Reads a hold.
 * @throws Error that names the object and its mistakes: what somebody wanted to hold must not pass for lifted
 */
export function parseHold({ metadata, data }: HoldObject): ModelHold {
  const name = metadata?.name ?? "";
  const model = metadata?.labels?.[keys.model] ?? "";
  const result = Hold.safeParse(data ?? {});
  const mistakes = result.success
    ? []
    : result.error.issues.map(({ path, message }) => `data.${path.join(".")}: ${message}`);
  if (model === "") mistakes.push(`label ${keys.model} is missing`);
  if (!result.success || mistakes.length > 0) {
    throw new Error(
      `ConfigMap ${name} is labelled as a hold and is none: ${mistakes.join("; ")}; ` +
        "write it anew with `npm run hold`, or delete it",
    );
  }
  return { ...result.data, model };
}
