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
 * What a model predicted for a data set, by an environment's object store, its parts checked.
 * @throws Error where there is no such answer, or more than one, or a part is not what the manifest says
 */
export async function readPredictions(
  environment: string,
  namespace: string,
  model: string,
  dataSet: string,
): Promise<BatchAnswer> {
  return withObjects(environment, namespace, async (objects) => {
    const read = async (key: string) => {
      const bytes = await objects.get(buckets.releases, key);
      if (bytes === undefined) throw new Error(`${key} is not there`);
      return bytes;
    };
    const answers: { key: string; predictions: Predictions }[] = [];
    for (const key of await objects.list(buckets.releases, `predictions/${model}/`)) {
      if (!key.endsWith("/predictions.json")) continue;
      const text = new TextDecoder().decode(await read(key));
      answers.push({ key, predictions: Predictions.parse(JSON.parse(text)) });
    }
    const [answer, ...others] = answers.filter(
      ({ predictions }) => predictions.question.dataSet.name === dataSet,
    );
    if (answer === undefined || others.length > 0) {
      throw new Error(`not one answer of ${model} to ${dataSet}, but ${answers.length} in all`);
    }
    const { key, predictions } = answer;
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
