import type { ResourceValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import { containersOf, label, type Container } from "./pods.ts";
import { builtHere, settings, stacks } from "./settings.ts";
import { stackOf } from "./stack-name.ts";

const { configSchema, read } = settings({ stacks: stacks("staging", "prod"), builtHere });

export const imagesByDigest: ResourceValidationPolicy = {
  name: "images-by-digest",
  description: "Every container names its image by a digest: a tag can be moved to another image.",
  enforcementLevel,
  configSchema,
  validateResource: (args, report) => {
    const config = read(args);
    if (!config.stacks.includes(stackOf(args.urn))) return;
    const containers = containersOf(args.type, args.props);
    for (const message of digestFaults(containers, config.builtHere)) report(message);
  },
};

/** Which images are named by a tag alone, one message for each. An image that is missing is another policy's. */
export function digestFaults(
  containers: readonly Container[],
  builtHere: readonly string[],
): string[] {
  return containers.flatMap((container) => {
    const { image } = container;
    if (image === undefined || isFixed(image, builtHere)) return [];
    return [
      `${label(container)}: image ${image} is named by a tag; name it by its digest, ` +
        "under isotherm:images in the stack file where it is one of the platform's",
    ];
  });
}

/** Whether a name can never come to mean another image. */
export function isFixed(image: string, builtHere: readonly string[]): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image) || builtHere.some((start) => image.startsWith(start));
}
