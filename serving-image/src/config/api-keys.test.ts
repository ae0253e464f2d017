import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { findKey, parseApiKeys } from "./api-keys.ts";
import { ConfigError } from "./errors.ts";

const text = [
  "# in order of their making",
  sha256Hex("plain"),
  "",
  `fraud:${sha256Hex("old")}`,
  `fraud:${sha256Hex("new").toUpperCase()}`,
].join("\n");

describe("API keys", () => {
  it("are known by their digests, with the team where the line names one", () => {
    const keys = parseApiKeys(text, "/keys");
    expect(findKey("plain", keys)).toMatchObject({ team: undefined });
    expect(findKey("old", keys)).toMatchObject({ team: "fraud" });
    expect(findKey("new", keys)).toMatchObject({ team: "fraud" });
    expect(findKey("another", keys)).toBeUndefined();
    expect(findKey(sha256Hex("plain"), keys)).toBeUndefined();
  });

  it("are refused by line where they are no digests, without showing what is there", () => {
    const wrong = `${text}\nfraud:hunter2\n${"f".repeat(63)}\nFraud Team:${sha256Hex("x")}`;
    const problems = problemsOf(wrong);
    expect(problems.map((problem) => /line \d+/.exec(problem)?.[0])).toEqual([
      "line 6",
      "line 7",
      "line 8",
    ]);
    expect(problems.join()).not.toMatch(/hunter2|Fraud Team|ffff/);
  });

  it("are refused where two teams share one", () => {
    expect(problemsOf(`a:${sha256Hex("k")}\nb:${sha256Hex("k")}`)).toEqual([
      expect.stringContaining("line 2"),
    ]);
    expect(parseApiKeys(`a:${sha256Hex("k")}\na:${sha256Hex("k")}`, "/keys")).toHaveLength(1);
  });
});

function problemsOf(wrong: string): readonly string[] {
  try {
    parseApiKeys(wrong, "/keys");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}
