import type { EnforcementLevel } from "@pulumi/policy";

/**
 * How strictly the policies hold on a stack: dev is told, every other stack is refused. `--policy-pack-config` sets
 * another level, for one policy or for `all`.
 */
export function enforcementOn(stack: string | undefined): EnforcementLevel {
  return stack === undefined || stack === "dev" ? "advisory" : "mandatory";
}

/** The level on the stack that the CLI runs the pack for. */
export const enforcementLevel = enforcementOn(process.env["PULUMI_STACK"]);
