import { expect, test } from "vitest";
import { deployerName } from "./deployer.ts";

test("in CI the deployer is who started the workflow", () => {
  expect(deployerName({ GITHUB_ACTOR: "ada" })).toBe("ada");
  expect(deployerName({ GITLAB_USER_LOGIN: "bob" })).toBe("bob");
});

test("elsewhere it is somebody, whatever the machine knows", () => {
  expect(deployerName({ GITHUB_ACTOR: " " })).not.toBe("");
});
