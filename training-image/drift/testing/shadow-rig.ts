import type { ModelContract } from "../../../contracts/model-contract.ts";
import { buckets } from "../../../contracts/names.ts";
import type { ShadowResult } from "../../../contracts/shadow.ts";
import { storeToy, toyContract, toyGraph } from "../../../serving-image/testing/toy-release.ts";
import { FakePlatform } from "../../testing/platform.ts";
import { compareShadow, type ShadowOptions } from "../shadow/compare-shadow.ts";
import { serve, type Served, type Server } from "./served-log.ts";

/** The window that is looked at, two hours long. */
export const from = new Date("2026-03-04T10:00:00.000Z");
export const to = new Date("2026-03-04T12:00:00.000Z");
export const after = (seconds: number, time = from) => new Date(time.getTime() + seconds * 1000);

const numbers: Partial<ModelContract> = {
  task: "regression",
  outputs: [{ name: "u", dataType: "FP32", shape: [-1] }],
  predictions: "u",
};
const numberContract: ModelContract = { ...toyContract, ...numbers };
delete numberContract.classes;
delete numberContract.probabilities;

/** A fake store with an audit log, and servers that write to it: two of classes and two of numbers. */
export class ShadowRig {
  readonly platform = new FakePlatform();

  /** Stores the releases. */
  async start() {
    await this.platform.start();
    const store = async (slope: number, contract: Partial<ModelContract> = {}) => {
      const graph = toyGraph(slope);
      return (await storeToy(this.platform.s3, { graph, contract })).release;
    };
    const [one, other] = [await store(1), await store(-1)];
    const [number, otherNumber] = [await store(1, numbers), await store(-1, numbers)];
    return {
      blue: { release: one, contract: toyContract, slot: "blue" },
      shadow: { release: other, contract: toyContract, slot: "shadow" },
      numberBlue: { release: number, contract: numberContract, slot: "blue" },
      numberShadow: { release: otherNumber, contract: numberContract, slot: "shadow" },
    } satisfies Record<string, Server>;
  }

  /** Empties the log. */
  clear(): void {
    const { objects } = this.platform.s3;
    for (const key of objects.keys()) if (key.includes("/audit/")) objects.delete(key);
  }

  write(server: Server, answers: readonly Served[], now = after(-1, to)): Promise<void> {
    return serve(this.platform.services().objects, server, answers, now);
  }

  compare(more: Partial<ShadowOptions> = {}): Promise<ShadowResult[]> {
    const { objects } = this.platform.services();
    const place = { objects, bucket: buckets.releases, environment: "prod", model: "toy" };
    const rules = { minimumPairs: 2, tolerance: 0.01 };
    return compareShadow({ ...place, window: { from, to }, ...rules, ...more });
  }

  /** @throws Error where there is not one result */
  async only(more: Partial<ShadowOptions> = {}): Promise<ShadowResult> {
    const [result, ...others] = await this.compare(more);
    if (result === undefined || others.length > 0) throw new Error("there is not one result");
    return result;
  }
}

/** Requests of one row, a second apart. */
export function requests(
  count: number,
  predict: (place: number) => number,
  change: (place: number) => Partial<Served> = () => ({}),
): Served[] {
  return Array.from({ length: count }, (_, place) => ({
    id: `request-${place}`,
    at: after(place + 1),
    rows: [[place, 2, 3]],
    predictions: [predict(place)],
    ...change(place),
  }));
}
