import { Config } from "@pulumi/pulumi";

/**
 * A value of the stack file under `isotherm:`, which the CLI hands to the pack as it hands it to the program.
 * @returns undefined where the stack file has none
 */
export function stackFileValue(key: string): unknown {
  return new Config("isotherm").getObject<unknown>(key);
}

/** What the stack file says of a model, not yet checked; undefined where it does not name it. */
export function modelInStackFile(model: string): Readonly<Record<string, unknown>> | undefined {
  const models = stackFileValue("models");
  if (typeof models !== "object" || models === null || !Object.hasOwn(models, model)) {
    return undefined;
  }
  const value = (models as Record<string, unknown>)[model];
  return typeof value === "object" && value !== null ? { ...value } : undefined;
}
