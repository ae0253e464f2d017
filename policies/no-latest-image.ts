import type { ResourceValidationPolicy } from "@pulumi/policy";
import { containersOf, label, type Container } from "./pods.ts";
import { enforcementLevel } from "./enforcement.ts";

export const noLatestImage: ResourceValidationPolicy = {
  name: "no-latest-image",
  description: "Every container names its image by a tag that is not latest, or by a digest.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    for (const message of imageFaults(containersOf(type, props))) report(message);
  },
};

/** What is wrong with the images, one message for each. */
export function imageFaults(containers: readonly Container[]): string[] {
  return containers.flatMap((container) => {
    const fault = imageFault(container.image);
    return fault === undefined ? [] : [`${label(container)}: ${fault}`];
  });
}

function imageFault(image: string | undefined): string | undefined {
  if (image === undefined || image === "") return "has no image";
  if (/@sha256:[0-9a-f]{64}$/.test(image)) return undefined;
  // A colon before the last slash belongs to a registry's port.
  const [, tag] = (image.replace(/@.*/, "").split("/").at(-1) ?? "").split(":");
  if (tag === undefined || tag === "")
    return `image ${image} has no tag; give it a version or a digest`;
  if (tag === "latest") return `image ${image} is latest; give it a version or a digest`;
  return undefined;
}
