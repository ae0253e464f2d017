import { beforeEach, expect, it } from "vitest";
import { inProdProject } from "../promotion/testing/in-prod-project.ts";
import { holdCommand } from "./command.ts";

/** `npm run hold` in this process, beside an API server that knows two releases. Does not prove what admission makes of a hold. */
const { project, said } = inProdProject();
const release = "81aa52c09e13";
const digest = release.padEnd(64, "0");
const options = { release, env: "prod" };

let created: unknown[];
beforeEach(() => {
  created = [];
  Object.assign(project.cluster.answers, {
    "POST selfsubjectreviews": () => ({ body: { status: { userInfo: { username: "kim" } } } }),
    "POST configmaps": (body: unknown) => {
      created.push(body);
      return { body };
    },
    "PATCH approved-releases": () => ({ body: {} }),
  });
});

it("puts a release on hold in the name of whoever asks, and says that it moves no requests and what does", async () => {
  await holdCommand("wine", { ...options, reason: "answers drift after noon" });
  expect(said).toEqual([
    'wine@81aa52c09e13 is on hold in prod: "answers drift after noon". Weights stay as they are: ' +
      "`pulumi preview --stack prod` shows the edit that agrees, " +
      "`npm run rollback -- wine --env prod` moves them to the release before",
  ]);
  expect(created).toEqual([
    expect.objectContaining({
      data: expect.objectContaining({
        release: digest,
        by: "kim",
        reason: "answers drift after noon",
      }) as unknown,
    }),
  ]);
  expect(project.read()).toBe(project.text(90, 10));
});

it("lifts what was not on hold without a word of alarm", async () => {
  await holdCommand("wine", { ...options, lift: true });
  expect(said).toEqual(["wine@81aa52c09e13 was not on hold in prod"]);
  expect(created).toEqual([]);
});

it.each<[string, () => Promise<void>, string]>([
  [
    "neither a reason nor a lift",
    () => holdCommand("wine", options),
    "say either --reason, which puts the release on hold, or --lift",
  ],
  [
    "both",
    () => holdCommand("wine", { ...options, reason: "r", lift: true }),
    "say either --reason, which puts the release on hold, or --lift",
  ],
  [
    "a model that the stack file does not have",
    () => holdCommand("churn", { ...options, reason: "r" }),
    'has no model "churn"; there is wine',
  ],
  [
    "another environment",
    () => holdCommand("wine", { ...options, env: "qa", reason: "r" }),
    "there is no stacks/Pulumi.qa.yaml: an environment is called by the name of its stack",
  ],
  [
    "a release that the environment never admitted",
    () => holdCommand("wine", { ...options, release: "0123456789ab", reason: "r" }),
    "prod never admitted a release 0123456789ab of wine; it admitted 2f9c0b71d4aa, 81aa52c09e13. " +
      "A release that it does not know is held by all 64 digits",
  ],
])("%s is refused, with the way out, and nothing is put on hold", async (_, run, message) => {
  await expect(run()).rejects.toThrow(message);
  expect(created).toEqual([]);
  expect(said).toEqual([]);
});
