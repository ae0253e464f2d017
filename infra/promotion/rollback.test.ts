import { expect, it } from "vitest";
import { manifestWith, stored } from "../../test/releases.ts";
import type { Serving } from "./history.ts";
import { type Known, rollBack } from "./rollback.ts";
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
const live = { records: [steady, next], holds: [] };
const text = `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "${first}", weight: 90 } # steady
      green: { release: "${second}", from: staging, weight: 10 }
      gates: [{ metric: pde_loss, below: 1e-3 }]
      floor: "${first}"
`;
const byGit = [[first], [first, second]];
const known = (change: Partial<Known["live"]> = {}, history: Serving[] = byGit): Known => ({
  live: { ...live, ...change },
  history: () => history,
});
const stack = (changed = text) => parseStack("prod", changed);

it("N-03 gives the requests back to what served before, in the text, and leaves the release in its slot", () => {
  const { text: edited } = rollBack(stack(), "heat", known());
  expect(edited).toBe(
    text.replace("weight: 90", "weight: 100").replace("weight: 10 }", "weight: 0 }"),
  );
  expect(rollBack(stack(edited), "heat", known())).toMatchObject({ edits: [], text: edited });
});

/** A release that the environment admitted at that time. */
const admitted = ({ digest }: { digest: string }, at: string) => ({
  digest,
  "admission.json": JSON.stringify({ admittedAt: at }),
});
const all = text.replace("weight: 90", "weight: 0").replace("weight: 10 }", "weight: 100 }");

it("N-03 leaves a release with all requests where git never saw the one before: the environment admitted it later", () => {
  const records = [
    admitted(next, "2026-03-01T00:00:00.000Z"),
    admitted(steady, "2026-02-01T00:00:00.000Z"),
  ];
  const uncommitted: Serving[] = [[], [second]];
  const back = rollBack(stack(all), "heat", known({ records }, uncommitted));
  expect(back.edits).toEqual([
    { slot: "blue", weight: 100 },
    { slot: "green", weight: 0 },
  ]);
  expect(back.reason).toBe(
    `from green, release ${second} to blue, release ${first}: the environment admitted it first`,
  );
  // Whatever git says: another copy of it may have seen other edits.
  const other: Serving[] = [[second], [first, second]];
  expect(rollBack(stack(all), "heat", known({ records }, other)).edits).toHaveLength(2);
  // Of two releases one of which the environment does not know, that one came later.
  const one = known({ records: records.slice(1) }, uncommitted);
  expect(rollBack(stack(all), "heat", one).edits).toHaveLength(2);
});

it("N-03 asks for `--to` where neither cluster nor git says what served before, and never calls that done", () => {
  const unknown = known({ records: [] }, [[], [second]]);
  const asks = `which release served first, ${first} in blue or ${second} in green?`;
  expect(() => rollBack(stack(all), "heat", unknown)).toThrow(asks);
  expect(() => rollBack(stack(all), "heat", unknown)).toThrow("say `--to blue` or `--to green`");
  expect(rollBack(stack(all), "heat", unknown, "blue").edits).toHaveLength(2);
  // One deployment admitted both, in whatever order: git says.
  const at = "2026-02-01T00:00:0";
  const records = [admitted(next, `${at}0.000Z`), admitted(steady, `${at}1.500Z`)];
  expect(() => rollBack(stack(all), "heat", known({ records }, [[], [second]]))).toThrow(asks);
  expect(rollBack(stack(all), "heat", known({ records })).reason).toContain(
    "by the commits of stacks/Pulumi.prod.yaml it had requests first",
  );
});

it("is refused where the release before is on hold, as a preview would refuse it", () => {
  const hold = { model: "heat", release: steady.digest, by: "kim", at: "today", reason: "drifts" };
  expect(() => rollBack(stack(), "heat", known({ holds: [hold] }))).toThrow(
    `blue: release "${first}" is on hold since today by kim ("drifts"), so it gets no requests. ` +
      `Promote another release, or lift the hold: \`npm run hold -- heat --release ${first} --env prod --lift\``,
  );
});

it("T-11 stops at the floor of the stack file, by when the releases were trained", () => {
  const raised = stack(text.replace(`floor: "${first}"`, `floor: "${second}"`));
  expect(() => rollBack(raised, "heat", known())).toThrow(
    `release ${first} in blue was trained before the floor ${second}`,
  );
  // Where the cluster does not know one of them nobody can say, but the floor itself is one to go back to.
  const nobodyKnows = known({ records: [steady] });
  expect(() => rollBack(raised, "heat", nobodyKnows)).toThrow(
    `the cluster does not say whether release ${first} in blue is older than the floor ${second}`,
  );
  expect(rollBack(stack(), "heat", known({ records: [] })).edits).toHaveLength(2);
});

it("is refused for a model that is not there, or follows a training", () => {
  expect(() => rollBack(stack(), "wine", known())).toThrow('no model "wine"; there is heat');
  const following = text
    .replace(`{ release: "${first}", weight: 90 }`, "{ follow: heat }")
    .replace(/ {6}green.*\n/, "");
  expect(() => rollBack(stack(following), "heat", known())).toThrow("heat follows training heat");
});
