import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { servedBefore, servingHistory } from "./history.ts";
import { parseStack } from "./stacks.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "isotherm-history-"));
  mkdirSync(join(root, "stacks"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const git = (...words: string[]) =>
  execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
    cwd: root,
    stdio: "ignore",
  });
const [a, b, c] = ["a".repeat(12), "b".repeat(12), "c".repeat(12)] as const;
const text = (blue: [string, number], green?: [string, number]) => `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "${blue[0]}", weight: ${blue[1]} }
${green === undefined ? "" : `      green: { release: "${green[0]}", weight: ${green[1]} }\n`}`;
const commit = (content: string) => {
  writeFileSync(join(root, "stacks", "Pulumi.prod.yaml"), content);
  git("add", "-A");
  git("commit", "-m", "an edit");
};
const historyOf = (now: string) => servingHistory(parseStack("prod", now), "heat", root);

it("reads what served before what out of the commits of a stack file", () => {
  git("init");
  commit(text([a, 100]));
  commit("config: [not a stack file");
  commit(text([a, 100], [b, 0]));
  commit(text([a, 90], [b, 10]));
  const history = historyOf(text([c, 50], [b, 50]));
  expect(history.map((served) => [...served])).toEqual([[a], [], [a], [a, b], [c, b]]);
  expect(servedBefore(history, a, b)).toBe(true);
  expect(servedBefore(history, b, a)).toBe(false);
  // The edit that nobody has committed yet counts as the last one.
  expect(servedBefore(history, c, b)).toBe(false);
  expect(servedBefore(history, a, "a".repeat(64))).toBeUndefined();
  const unseen = "d".repeat(12);
  expect(servedBefore(history, a, unseen)).toBeUndefined();
  expect(servedBefore(history, unseen, a)).toBeUndefined();
});

it("does not say what came first where both came at once, or where the earlier states are not in git", () => {
  const now = text([a, 90], [b, 10]);
  expect(servedBefore(historyOf(now), a, b)).toBeUndefined();
  git("init");
  commit(now);
  expect(servedBefore(historyOf(now), a, b)).toBeUndefined();
  // Nobody committed anything while a had them.
  const all = text([a, 0], [b, 100]);
  rmSync(join(root, ".git"), { recursive: true });
  git("init");
  commit("config: {}");
  expect(historyOf(all)).toEqual([[], [b]]);
  expect(servedBefore(historyOf(all), a, b)).toBeUndefined();
});
