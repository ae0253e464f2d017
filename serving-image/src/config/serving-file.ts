import { ServingConfig } from "../../../contracts/serving-config.ts";
import { ConfigError } from "./errors.ts";

/**
 * Reads the text of a mounted configuration.
 * @throws ConfigError with every mistake and its place in the file
 */
export function parseServingConfig(text: string, path: string): ServingConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigError([`${path}: not JSON: ${(error as Error).message}`]);
  }
  const result = ServingConfig.safeParse(value);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) => `${path}: ${place(issue.path)}${issue.message}`),
    );
  }
  const pairs = result.data.models.map(({ name, version }) => `version ${version} of '${name}'`);
  const twice = pairs.findIndex((pair, index) => pairs.indexOf(pair) !== index);
  if (twice >= 0) {
    throw new ConfigError([
      `${path}: models.${twice}: ${pairs[twice]} is there already; give each version once`,
    ]);
  }
  return result.data;
}

function place(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "" : `${path.map(String).join(".")}: `;
}
