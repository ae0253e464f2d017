import { expect, test } from "vitest";
import { otherHomes, refuseWhileOthersRun } from "./down-checks.ts";

const started = ["cluster", "dev"];

test("an environment of the user's own stops `down`, which names it and the way to destroy it", () => {
  const stacks = [
    { name: "cluster", resourceCount: 9 },
    { name: "prod", resourceCount: 30 },
    { name: "dev", resourceCount: 30 },
  ];
  const refuse = () => refuseWhileOthersRun(stacks, started);
  expect(refuse).toThrow("pulumi destroy --stack prod");
  expect(refuse).not.toThrow("pulumi destroy --stack dev");
});

test("stacks that are empty, or that start made, do not stop it", () => {
  const stacks = [
    { name: "cluster", resourceCount: 9 },
    { name: "prod", resourceCount: 0 },
  ];
  expect(() => refuseWhileOthersRun(stacks, started)).not.toThrow();
});

test("the homes that need the cache are those of other instances that live", () => {
  const instances = [
    { index: 0, home: "/a/.isotherm" },
    { index: 1, home: "/b/.isotherm" },
    { index: 2, home: "/c/.isotherm" },
  ];
  const living = otherHomes(instances, "/a/.isotherm", ({ index }) => index !== 2);
  expect(living).toEqual(["/b/.isotherm"]);
});
