import { describe, expect, it } from "vitest";
import { parseBases } from "./addresses.ts";
import { chooseIndex, withLock } from "./instance.ts";

const bases = parseBases(undefined);
const nobody = () => undefined;

describe("choice of an instance", () => {
  it("takes the first index when nothing is there", () => {
    expect(chooseIndex(bases, [], nobody)).toEqual({ index: 0, refused: [] });
  });

  it("passes over another checkout's instance and a clashing subnet, and says why", () => {
    const routes = [{ destination: "10.97.0.0/16", device: "docker0" }];
    const choice = chooseIndex(bases, routes, (index) =>
      index === 0 ? "/srv/other/.isotherm" : undefined,
    );
    expect(choice).toEqual({
      index: 2,
      refused: [
        "0: belongs to /srv/other/.isotherm",
        "1: 10.97.0.0/16 overlaps 10.97.0.0/16 on docker0",
      ],
    });
  });

  it("chooses none, with ten reasons, when a wide route covers every range", () => {
    const routes = [{ destination: "10.0.0.0/8", device: "tun0" }];
    const choice = chooseIndex(bases, routes, nobody);
    expect(choice.index).toBeUndefined();
    expect(choice.refused).toHaveLength(10);
  });
});

describe.runIf(process.platform === "linux")("lock of a home", () => {
  it("lets one start or stop work at a time, and says that the other waits", async () => {
    const events: string[] = [];
    let finishFirst = (): void => undefined;
    const held = new Promise<void>((resolve) => (finishFirst = resolve));
    const first = withLock(
      () => undefined,
      async () => {
        events.push("first");
        await held;
        events.push("first done");
      },
    );
    const second = withLock(
      (message) => {
        events.push(message);
        finishFirst();
      },
      async () => void events.push("second"),
    );
    await Promise.all([first, second]);
    expect(events).toEqual([
      "first",
      "another start or stop of this cluster is under way, waiting",
      "first done",
      "second",
    ]);
  });

  it("is free again after work that failed", async () => {
    const fails = withLock(
      () => undefined,
      () => Promise.reject(new Error("no")),
    );
    await expect(fails).rejects.toThrow("no");
    await expect(
      withLock(
        () => undefined,
        async () => "yes",
      ),
    ).resolves.toBe("yes");
  });
});
