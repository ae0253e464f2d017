import type { ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { describe, expect, test } from "vitest";
import { policies } from "./policies.ts";
import { stackViolations, violations } from "./testing/ask.ts";
import { object } from "./testing/objects.ts";

const asked = object("Namespace", "isotherm-prod");
const ask = (policy: (typeof policies)[number], config: object) =>
  "validateStack" in policy
    ? stackViolations(policy as StackValidationPolicy, [asked], { config })
    : violations(policy as ResourceValidationPolicy, asked, { config });

describe("an option that a policy does not have", () => {
  test.each(policies.filter(({ configSchema }) => configSchema === undefined))(
    "is refused by $name, which has none",
    async (policy) => {
      await expect(ask(policy, { stacks: ["dev"] })).rejects.toThrow("stacks");
      await expect(ask(policy, {})).resolves.toBeDefined();
    },
  );
});
