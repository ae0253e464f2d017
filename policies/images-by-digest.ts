import type { ResourceValidationPolicy } from "@pulumi/policy";
import { publicRole } from "../infra/images.ts";
import { enforcementLevel } from "./enforcement.ts";
import { containersOf, label, type Container } from "./pods.ts";
import { builtHere, settings, stacks } from "./settings.ts";
import { stackFileValue } from "./stack-file.ts";
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
    const byDigest = `${repositoryOf(image)}@sha256:<digest>`;
    const setting = settingOf(image);
    const where =
      setting === undefined
        ? "where the stack file names it"
        : `as \`isotherm:images.${setting}: ${byDigest}\` in the stack file`;
    return [
      `${label(container)}: image ${image} is named by a tag, which can be moved; name it by its digest, ${where} ` +
        `(\`docker buildx imagetools inspect ${image}\` shows it)`,
    ];
  });
}

/** The role whose image this is: the stack file's, or the one that the program takes where that says nothing. */
function settingOf(image: string): string | undefined {
  const images = stackFileValue("images");
  const named = Object.entries(typeof images === "object" ? { ...images } : {});
  return named.find(([, value]) => value === image)?.[0] ?? publicRole(image);
}

/** A registry may have a port: only a colon after the last slash begins a tag. */
function repositoryOf(image: string): string {
  return image.replace(/(@[^/]*|:[^/]*)$/, "");
}

/** Whether a name can never come to mean another image. */
export function isFixed(image: string, builtHere: readonly string[]): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image) || builtHere.some((start) => image.startsWith(start));
}
