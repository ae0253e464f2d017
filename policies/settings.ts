import type { PolicyConfigSchema } from "@pulumi/policy";
import { z } from "zod";

/** What somebody may set for a policy by `--policy-pack-config`: how the CLI checks it, and how the policy reads it. */
export interface Settings<Shape extends z.ZodRawShape> {
  configSchema: PolicyConfigSchema;
  /** What was set, with the defaults of what was not. */
  read: (args: { getConfig: () => object }) => z.infer<z.ZodObject<Shape>>;
}

/** Every value needs a default and a description: docs/policies.md shows both. */
export function settings<Shape extends z.ZodRawShape>(shape: Shape): Settings<Shape> {
  const schema = z.strictObject(shape);
  const { properties = {} } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return {
    configSchema: { properties: properties as PolicyConfigSchema["properties"] },
    read: ({ getConfig }) => schema.parse(getConfig()),
  };
}

/** Where a policy holds that asks for more than a place to try things can give. */
export const stacks = (...names: string[]) =>
  z.array(z.string()).default(names).describe("Stacks that it holds on");

/** Images that no registry serves. */
export const builtHere = z
  .array(z.string())
  .default(["localhost/"])
  .describe(
    "Starts of the names of images that were built on the cluster's own machine: their tags are hashes of what is in them",
  );
