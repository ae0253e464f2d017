import { execFileSync } from "node:child_process";
import { parse } from "yaml";
import { z } from "zod";
import { isSameRelease } from "../../contracts/release.ts";
import { Model } from "../model-schema.ts";
import type { Stack } from "./stacks.ts";

/** What had requests at one time, by the stack file. */
export type Serving = readonly string[];

/** How far back the history of a stack file is read. */
const lookBack = 500;

/**
 * The releases of a model that the stack file gave requests to: in each commit that changed it, oldest first, and in the
 * file as it is now. Empty but for the latter outside a git checkout. A version that cannot be read counts as none.
 */
export function servingHistory(stack: Stack, model: string, root: string): Serving[] {
  const versions = commitsOf(stack.file, root).map((commit) => show(commit, stack.file, root));
  return [...versions, stack.text].map((text) => servedIn(text, model));
}

/**
 * Whether one release had requests before another: by where each of them first had.
 * @returns undefined where the history does not say: of a release that is not in it nobody knows when it had any
 */
export function servedBefore(
  history: readonly Serving[],
  one: string,
  another: string,
): boolean | undefined {
  const first = (release: string) =>
    history.findIndex((served) => served.some((other) => isSameRelease(other, release)));
  const [of, than] = [first(one), first(another)];
  return of < 0 || than < 0 || of === than ? undefined : of < than;
}

/** The slots of a version of the file, whatever else in it has changed its name since. */
const Past = z.object({
  config: z.object({
    "isotherm:models": z.record(
      z.string(),
      z.object({ blue: Model.shape.blue, green: Model.shape.green }).catch({}),
    ),
  }),
});

function servedIn(text: string, model: string): Serving {
  try {
    const { blue, green } = Past.parse(parse(text)).config["isotherm:models"][model] ?? {};
    return [blue, green].flatMap((slot) =>
      slot === undefined || "follow" in slot || slot.weight === 0 ? [] : [slot.release],
    );
  } catch {
    return [];
  }
}

function commitsOf(file: string, root: string): string[] {
  try {
    const list = git(["log", `--max-count=${lookBack}`, "--format=%H", "--", file], root);
    return list
      .split("\n")
      .filter((line) => line !== "")
      .reverse();
  } catch {
    return [];
  }
}

function show(commit: string, file: string, root: string): string {
  try {
    return git(["show", `${commit}:./${file}`], root);
  } catch {
    // In that commit the file was taken away.
    return "";
  }
}

function git(words: readonly string[], root: string): string {
  return execFileSync("git", words, {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 * 1024 * 1024,
  });
}
