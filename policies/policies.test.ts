// The checks alone. That the CLI runs the pack is shown in test/preview; importing index.ts here would start its server.
import type {
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
} from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { containersOf } from "./containers";
import { enforcementOn } from "./enforcement";
import { imageFaults, noLatestImage } from "./no-latest-image";
import { requestsAndLimits, resourceFaults } from "./requests-and-limits";

const digest = `sha256:${"0".repeat(64)}`;

const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } };

/** What a policy reports of a resource, as the CLI would ask it. */
async function violations(
  policy: ResourceValidationPolicy,
  type: string,
  props: unknown,
): Promise<string[]> {
  const messages: string[] = [];
  const report = ((message: string) => messages.push(message)) as ReportViolation;
  const validate = policy.validateResource;
  if (typeof validate !== "function") throw new TypeError("the policy has not one check");
  await validate({ type, props } as ResourceValidationArgs, report);
  return messages;
}

/** A container one of whose values is known only after the update: reading it throws, as the policy SDK has it. */
function unknownAt(property: string): object {
  return Object.defineProperty({ name: "server" }, property, {
    get: () => {
      throw new Error(`${property} is unknown`);
    },
  });
}

const deployment = "kubernetes:apps/v1:Deployment";
const inTemplate = (container: object) => ({
  spec: { template: { spec: { containers: [container] } } },
});

describe("the containers of a workload", () => {
  const first = { name: "first" };
  const main = { name: "main" };
  const pod = { spec: { initContainers: [first], containers: [main] } };

  test.each([
    ["kubernetes:core/v1:Pod", pod],
    [deployment, { spec: { template: pod } }],
    ["kubernetes:apps/v1:StatefulSet", { spec: { template: pod } }],
    ["kubernetes:apps/v1:DaemonSet", { spec: { template: pod } }],
    ["kubernetes:batch/v1:Job", { spec: { template: pod } }],
    ["kubernetes:batch/v1:CronJob", { spec: { jobTemplate: { spec: { template: pod } } } }],
  ])("of %s are found, those that initialise too", (type, props) => {
    expect(containersOf(type, props)).toEqual([first, main]);
  });

  test.each([
    ["kubernetes:core/v1:Service", pod],
    ["other:core/v1:Pod", pod],
    [deployment, {}],
    [deployment, { spec: { template: {} } }],
  ])("%s of %j has none", (type, props) => {
    expect(containersOf(type, props)).toEqual([]);
  });
});

describe("no-latest-image", () => {
  test.each([
    "postgres:18.1",
    "localhost/isotherm/serving:0.1.0",
    "registry.example:5000/serving:v2",
    `serving@${digest}`,
    `registry.example:5000/serving:latest@${digest}`,
  ])("%s passes", (image) => {
    expect(imageFaults([{ name: "server", image }])).toEqual([]);
  });

  test.each([
    ["serving", "has no tag"],
    ["registry.example:5000/serving", "has no tag"],
    ["serving:", "has no tag"],
    ["serving:latest", "is latest"],
    ["serving@sha256:12", "has no tag"],
  ])("%s fails: it %s", (image, fault) => {
    expect(imageFaults([{ name: "server", image }])).toEqual([
      `container server: image ${image} ${fault}; give it a version or a digest`,
    ]);
  });

  test("a container without an image fails, and one without a name is reported", () => {
    expect(imageFaults([{}])).toEqual(["container without a name: has no image"]);
  });

  test("an image that is not known yet is neither passed nor failed", async () => {
    const props = inTemplate(unknownAt("image"));
    await expect(violations(noLatestImage, deployment, props)).rejects.toThrow("image is unknown");
  });

  test("each container of a workload is reported on its own", async () => {
    const pod = {
      initContainers: [{ name: "init", image: "a:latest" }],
      containers: [
        { name: "good", image: "b:1" },
        { name: "bad", image: "c" },
      ],
    };
    expect(await violations(noLatestImage, "kubernetes:core/v1:Pod", { spec: pod })).toEqual([
      "container init: image a:latest is latest; give it a version or a digest",
      "container bad: image c has no tag; give it a version or a digest",
    ]);
  });
});

describe("requests-and-limits", () => {
  test("requests and a memory limit pass; a CPU limit is not asked for", () => {
    expect(resourceFaults([{ name: "server", resources }])).toEqual([]);
  });

  test.each([
    [{ ...resources, limits: { cpu: "1" } }, "resources.limits.memory"],
    [{ ...resources, requests: { cpu: "100m" } }, "resources.requests.memory"],
    [{ ...resources, requests: { memory: "64Mi" } }, "resources.requests.cpu"],
    [{ requests: resources.requests }, "resources.limits.memory"],
    [{ limits: resources.limits }, "resources.requests.cpu, resources.requests.memory"],
  ])("%j fails: it has no %s", (some, missing) => {
    expect(resourceFaults([{ name: "server", resources: some }])).toEqual([
      `container server: has no ${missing}`,
    ]);
  });

  test("a container without resources fails, with everything it lacks", () => {
    expect(resourceFaults([{ name: "server" }])).toEqual([
      "container server: has no resources.requests.cpu, resources.requests.memory, resources.limits.memory",
    ]);
  });

  test("resources that are not known yet are neither passed nor failed", async () => {
    const props = inTemplate(unknownAt("resources"));
    await expect(violations(requestsAndLimits, deployment, props)).rejects.toThrow(
      "resources is unknown",
    );
  });
});

describe("the level on a stack", () => {
  test.each([
    ["dev", "advisory"],
    ["cluster", "mandatory"],
    ["prod", "mandatory"],
    [undefined, "advisory"],
  ])("on %s is %s", (stack, level) => {
    expect(enforcementOn(stack)).toBe(level);
  });
});
