import { expect, test } from "vitest";
import { readCheckpointSettings } from "./settings.ts";

const read = (environment: Record<string, string>) => {
  const problems: string[] = [];
  return { settings: readCheckpointSettings(environment, problems), problems };
};

test("checkpoints are made every minute, in the object store only, unless it is said otherwise", () => {
  const nothing = { ISOTHERM_CHECKPOINT_DIR: "" };
  expect(read(nothing)).toEqual({ settings: { folder: undefined, seconds: 60 }, problems: [] });
  const said = { ISOTHERM_CHECKPOINT_DIR: "/data/c", ISOTHERM_CHECKPOINT_SECONDS: "0.5" };
  expect(read(said).settings).toEqual({ folder: "/data/c", seconds: 0.5 });
});

test.each([
  [{ ISOTHERM_CHECKPOINT_DIR: "checkpoints" }, "ISOTHERM_CHECKPOINT_DIR: must be an absolute path"],
  [{ ISOTHERM_CHECKPOINT_SECONDS: "-1" }, "ISOTHERM_CHECKPOINT_SECONDS: must be a number"],
  [{ ISOTHERM_CHECKPOINT_SECONDS: "often" }, "ISOTHERM_CHECKPOINT_SECONDS: must be a number"],
])("%o is refused", (environment, problem) => {
  expect(read(environment).problems.join()).toContain(problem);
});
