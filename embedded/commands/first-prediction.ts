import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import pRetry, { AbortError } from "p-retry";
import { z } from "zod";
import { headers } from "../../contracts/names.ts";
import { declarations } from "../../training-image/workloads/index.ts";
import type { Report } from "../report.ts";

/** The outputs of an environment that a first try needs. */
const Outputs = z.object({
  models: z.record(
    z.string(),
    z.object({ url: z.string(), workload: z.string(), release: z.string() }),
  ),
  apiKey: z.string(),
});

export interface Prediction {
  model: string;
  url: string;
  request: { instances: (number | string)[][] };
  answer: unknown;
}

/**
 * Asks each served model of ours for one prediction, through the gateway, as a client would.
 * @throws Error with the answer's status where the gateway or the server refuses
 */
export async function firstPrediction(outputs: OutputMap, report: Report): Promise<Prediction[]> {
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [name, output.value as unknown]),
  );
  const { models, apiKey } = Outputs.parse(values);
  const predictions: Prediction[] = [];
  for (const [model, { url, workload }] of Object.entries(models)) {
    const declaration = declarations.find((candidate) => candidate.name === workload);
    if (declaration === undefined) continue;
    const request = { instances: [[...declaration.example]] };
    report(`asking ${url}/predict`);
    predictions.push({ model, url, request, answer: await ask(`${url}/predict`, apiKey, request) });
  }
  return predictions;
}

/** A gateway that just came up answers 404 or 503 for a moment: tried again for half a minute. */
async function ask(url: string, apiKey: string, body: unknown): Promise<unknown> {
  return pRetry(
    async () => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", [headers.apiKey]: apiKey },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      if (response.ok) return response.json();
      const error = new Error(
        `POST ${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
      );
      throw response.status === 404 || response.status >= 500 ? error : new AbortError(error);
    },
    { retries: 15, factor: 1, minTimeout: 2_000 },
  );
}
