import type { Policies } from "@pulumi/policy";
import { z } from "zod";

type Policy = Policies[number];
type Asked = { getConfig: () => object };

/**
 * A policy without options refuses every option: without a schema of them the CLI would pass over what somebody misspelt, or
 * set where it sets nothing.
 */
export function refuseOptions(policy: Policy): Policy {
  if (policy.configSchema !== undefined) return policy;
  const strictly =
    <Args extends Asked, Rest extends unknown[], Answer>(
      judge: (args: Args, ...rest: Rest) => Answer,
    ) =>
    (args: Args, ...rest: Rest): Answer => {
      z.strictObject({}).parse(args.getConfig());
      return judge(args, ...rest);
    };
  if ("validateStack" in policy) {
    return { ...policy, validateStack: strictly(policy.validateStack) };
  }
  const { validateResource } = policy;
  if (typeof validateResource !== "function") return policy;
  return { ...policy, validateResource: strictly(validateResource) };
}
