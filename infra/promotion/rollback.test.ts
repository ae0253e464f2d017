import { expect, it } from "vitest";
import { manifestWith, stored } from "../../test/releases.ts";
import { rollBack } from "./rollback.ts";
import { parseStack } from "./stacks.ts";

/** A release that was trained at that time, as the environment keeps it. */
const trained = (trainedAt: string) => {
  const manifest = manifestWith({ pde_loss: 1e-4 }, "heat");
  const evidence = { ...manifest.evidence, trainedAt };
  const kept = stored({ ...manifest, evidence });
  return { digest: kept.digest, "manifest.json": kept.text };
};
const steady = trained("2026-01-01T00:00:00.000Z");
const next = trained("2026-02-01T00:00:00.000Z");
const [first, second] = [steady, next].map(({ digest }) => digest.slice(0, 12)) as [string, string];
const live = { records: [steady, next] };
const text = `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "${first}", weight: 90 } # steady
      green: { release: "${second}", from: staging, weight: 10 }
      gates: [{ metric: pde_loss, below: 1e-3 }]
      floor: "${first}"
`;
const history = [[first], [first, second]];
const stack = (changed = text) => parseStack("prod", changed);

it("N-03 gives the requests back to what served before, in the text, and leaves the release in its slot", () => {
  const { text: edited } = rollBack(stack(), "heat", history, live);
  expect(edited).toBe(
    text.replace("weight: 90", "weight: 100").replace("weight: 10 }", "weight: 0 }"),
  );
  expect(rollBack(stack(edited), "heat", history, live)).toEqual({ edits: [], text: edited });
});

it("T-11 stops at the floor of the stack file, by when the releases were trained", () => {
  const raised = stack(text.replace(`floor: "${first}"`, `floor: "${second}"`));
  expect(() => rollBack(raised, "heat", history, live)).toThrow(
    `release ${first} in blue was trained before the floor ${second}`,
  );
  // Where the cluster does not know one of them nobody can say, but the floor itself is one to go back to.
  const nobodyKnows = { records: [steady] };
  expect(() => rollBack(raised, "heat", history, nobodyKnows)).toThrow(
    `the cluster does not say whether release ${first} in blue is older than the floor ${second}`,
  );
  expect(rollBack(stack(), "heat", history, { records: [] }).edits).toHaveLength(2);
});

it("is refused for a model that is not there, or follows a training", () => {
  expect(() => rollBack(stack(), "wine", history, live)).toThrow('no model "wine"; there is heat');
  const following = text
    .replace(`{ release: "${first}", weight: 90 }`, "{ follow: heat }")
    .replace(/ {6}green.*\n/, "");
  expect(() => rollBack(stack(following), "heat", history, live)).toThrow(
    "heat follows training heat",
  );
});
