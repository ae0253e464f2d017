import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeRequest } from "../../../contracts/testing/fake-server.ts";
import { RecorderRig, weightsOf } from "../../testing/recorder-rig.ts";
import { putModel, putRoute } from "../../testing/served-model.ts";

let rig: RecorderRig;
beforeEach(async () => {
  rig = await RecorderRig.make();
});
afterEach(() => rig.s3.close());

describe("a recorder that is killed at any request of any append", () => {
  /** What becomes of the request at which it dies. */
  const ends = {
    "before it is done": () => undefined,
    "after it is done": ({ path, body }: FakeRequest) => void rig.s3.objects.set(path, body),
  };
  const requests = Array.from({ length: 8 }, (_, index) => index + 1);

  it.each(Object.keys(ends).flatMap((end) => requests.map((number) => [end, number] as const)))(
    "%s, at write %i: the next one completes the ledger, and writes nothing twice",
    async (end, number) => {
      putModel(rig.cluster);
      const recorder = await rig.start();
      let writes = 0;
      rig.s3.weather = {
        strike: (request) => {
          if (request.method !== "PUT" || ++writes < number) return undefined;
          if (writes === number) ends[end as keyof typeof ends](request);
          return "drop";
        },
      };
      rig.look(recorder);
      putRoute(rig.cluster, { blue: 90, green: 10 });
      rig.show(recorder, "traffic");
      while (writes < number) await new Promise((resolve) => setTimeout(resolve, 1));
      await recorder.stop();
      rig.s3.weather = {};

      const next = await rig.start();
      rig.look(next);
      await next.settled();
      const entries = await rig.ledger();
      const states = entries.map(({ change }) => JSON.stringify([change.kind, change.to]));
      expect(new Set(states).size).toBe(states.length);
      const last = entries.at(-1);
      expect(last && weightsOf(last)?.[1]).toEqual({ blue: 90, green: 10 });
      expect(entries.filter(({ change }) => change.kind === "slot")).toHaveLength(1);
    },
  );
});
