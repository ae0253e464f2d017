import type { ResourceValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import { settings, stacks } from "./settings.ts";
import { stackOf } from "./stack-name.ts";

const { configSchema, read } = settings({ stacks: stacks("staging", "prod") });

export const protectedData: ResourceValidationPolicy = {
  name: "protected-data",
  description:
    "What keeps data is protected: a claim, and a StatefulSet that makes claims of its own. `destroy` refuses it then.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    if (!keepsData(args.type, args.props)) return;
    if (args.opts.protect || !read(args).stacks.includes(stackOf(args.urn))) return;
    report(`${args.type.split(":").at(-1)} ${args.name}: keeps data and is not protected`);
  },
};

function keepsData(type: string, props: unknown): boolean {
  if (type === "kubernetes:core/v1:PersistentVolumeClaim") return true;
  if (type !== "kubernetes:apps/v1:StatefulSet") return false;
  const { spec } = props as { spec?: { volumeClaimTemplates?: readonly unknown[] } };
  return (spec?.volumeClaimTemplates ?? []).length > 0;
}
