import { type Command, InvalidArgumentError } from "commander";
import { Name } from "../../contracts/primitives.ts";
import { shortDigest } from "../../contracts/release.ts";
import type { Window } from "../drift/read-log.ts";
import { BadInputError } from "../workloads/errors.ts";

/** Which part of which log is looked at, and where what is found goes. */
export interface WindowOptions {
  environment: string;
  model: string;
  release?: string;
  /** Milliseconds. */
  window: number;
  until?: Date;
  pushgateway?: string;
}

/** A window that nothing can be said about. The next try, with the same window, would end the same. */
export class NothingMeasuredError extends BadInputError {}

/** Adds the options that say which part of a log is looked at. @param releases which ones, where none is named */
export function withWindow(command: Command, releases: string): Command {
  return command
    .requiredOption("--environment <name>", "whose log", parseName)
    .requiredOption("--model <name>", "which model", parseName)
    .option("--release <digest>", `12 digits or more (default: ${releases})`)
    .option(
      "--window <duration>",
      "how far back, such as 90m, 24h or 7d",
      parseDuration,
      24 * 3_600_000,
    )
    .option("--until <time>", "its end, ISO 8601 (default: now)", parseTime)
    .option("--pushgateway <url>", "where metrics go as well");
}

/** @param now its end, where none is named */
export function windowOf({ window, until }: WindowOptions, now: Date): Window {
  const to = until ?? now;
  return { from: new Date(to.getTime() - window), to };
}

/** @throws BadInputError where it is no URL */
export function requirePushgateway({ pushgateway }: WindowOptions): string | undefined {
  if (pushgateway !== undefined && !URL.canParse(pushgateway)) {
    throw new BadInputError("--pushgateway: must be a URL, such as http://pushgateway:9091");
  }
  return pushgateway;
}

/** Where a result is kept in the bucket: by the window's end, and by the releases it is about. */
export function reportKey(
  folder: "drift" | "shadow",
  { environment, model }: Pick<WindowOptions, "environment" | "model">,
  releases: readonly (string | undefined)[],
  { to }: Window,
): string {
  const time = to.toISOString().replace(/\.\d+Z$/, "Z");
  const names = releases.map((release) => (release === undefined ? "none" : shortDigest(release)));
  return `${folder}/${environment}/${model}/${[time, ...names].join("-")}.json`;
}

function parseName(text: string): string {
  const result = Name.safeParse(text);
  if (result.success) return text;
  throw new InvalidArgumentError(result.error.issues[0]?.message ?? "is no name");
}

const units = { m: 60_000, h: 3_600_000, d: 24 * 3_600_000 } as const;

function parseDuration(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (unit === undefined)
    throw new InvalidArgumentError("Wanted minutes, hours or days: 90m, 24h, 7d.");
  return Number(count) * units[unit as keyof typeof units];
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError("Wanted such as 2026-03-04T05:06:07Z.");
  return time;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Wanted a whole number from 1.");
  return Number(text);
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("Wanted a number over 0.");
  return value;
}
