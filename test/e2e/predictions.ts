import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import { Predictions } from "../../contracts/predictions.ts";
import { withObjects } from "./objects.ts";

export interface BatchAnswer {
  predictions: Predictions;
  /** All rows of all parts, in order. */
  rows: Record<string, unknown>[];
}

/**
 * The only answer to a batch over a model that an environment's object store holds, its parts checked.
 * @throws Error where there is none, or more than one, or a part is not what the manifest says
 */
export async function readPredictions(
  environment: string,
  namespace: string,
  model: string,
): Promise<BatchAnswer> {
  return withObjects(environment, namespace, async (objects) => {
    const read = async (key: string) => {
      const bytes = await objects.get(buckets.releases, key);
      if (bytes === undefined) throw new Error(`${key} is not there`);
      return bytes;
    };
    const keys = await objects.list(buckets.releases, `predictions/${model}/`);
    const [key, ...others] = keys.filter((name) => name.endsWith("/predictions.json"));
    if (key === undefined || others.length > 0) throw new Error(`not one answer: ${keys.join()}`);
    const predictions = Predictions.parse(JSON.parse(new TextDecoder().decode(await read(key))));
    const rows: Record<string, unknown>[] = [];
    for (const { path, sha256 } of predictions.parts) {
      const bytes = await read(key.replace("predictions.json", path));
      if (sha256Hex(bytes) !== sha256) throw new Error(`${path} is not what the manifest says`);
      for (const line of new TextDecoder().decode(bytes).trimEnd().split("\n")) {
        rows.push(JSON.parse(line) as Record<string, unknown>);
      }
    }
    return { predictions, rows };
  });
}
