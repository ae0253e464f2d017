import type {
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import * as proxy from "@pulumi/policy/proxy.js";

/** Parts of the SDK that its types keep to themselves: how the CLI's host hands a policy what is not known yet. */
const sdk = proxy as unknown as {
  unknownCheckingProxy: <Value>(value: Value) => Value;
  unknownStringValue: string;
  unknownNumberValue: string;
  unknownObjectValue: string;
};

/** Values that only the update makes known; reading one throws. */
export const unknown = {
  text: sdk.unknownStringValue,
  number: sdk.unknownNumberValue,
  object: sdk.unknownObjectValue,
} as const;

/** What reading an unknown value says. */
export const isUnknown = /can't be known during preview/;

export interface Asked {
  type: string;
  props: object;
  name?: string;
  protect?: boolean;
}

export interface Surroundings {
  /** @default prod */
  stack?: string;
  /** What `--policy-pack-config` says of the policy. */
  config?: object;
}

const defaults: Required<Surroundings> = { stack: "prod", config: {} };

/** What a policy reports of a resource, as the CLI's host asks it. */
export async function violations(
  policy: ResourceValidationPolicy,
  asked: Asked,
  surroundings: Surroundings = {},
): Promise<string[]> {
  const { stack, config } = { ...defaults, ...surroundings };
  const messages: string[] = [];
  const report = ((message: string) => messages.push(message)) as ReportViolation;
  if (typeof policy.validateResource !== "function") {
    throw new TypeError(`${policy.name} has not one check`);
  }
  const args = { ...resource(asked, stack), getConfig: () => config };
  await policy.validateResource(args as unknown as ResourceValidationArgs, report);
  return messages;
}

/** What a policy reports of a whole stack; an unknown value that it could not judge comes last, as the SDK tells it. */
export async function stackViolations(
  policy: StackValidationPolicy,
  resources: readonly Asked[],
  surroundings: Surroundings = {},
): Promise<string[]> {
  const { stack, config } = { ...defaults, ...surroundings };
  const messages: string[] = [];
  const report = ((message: string) => messages.push(message)) as ReportViolation;
  const args = {
    resources: resources.map((asked) => resource(asked, stack) as unknown as PolicyResource),
    getConfig: () => config,
  };
  try {
    await policy.validateStack(args as unknown as StackValidationArgs, report);
  } catch (error) {
    if (!(error instanceof Error && isUnknown.test(error.message))) throw error;
    messages.push(error.message);
  }
  return messages;
}

function resource({ type, props, name = "it", protect = false }: Asked, stack: string) {
  const urn = `urn:pulumi:${stack}::isotherm::${type}::${name}`;
  return { type, name, urn, props: sdk.unknownCheckingProxy(props), opts: { protect } };
}
