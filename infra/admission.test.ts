import { expect, test } from "vitest";
import { canonicalJson } from "../contracts/canonical.ts";
import { type Comparison, comparisonKey } from "../contracts/comparison.ts";
import { MlflowError } from "../contracts/mlflow.ts";
import type { Run } from "../contracts/mlflow-types.ts";
import { comparisonOf, manifestWith, stored } from "../test/releases.ts";
import { admit, type AdmissionRules, type Candidate } from "./admission.ts";

const manifest = manifestWith({ accuracy: 0.97 });
const { digest } = stored(manifest);
const incumbent = "b".repeat(64);
const changedComparison = (ours: number, change: Partial<Comparison> = {}): Comparison => ({
  ...comparisonOf({ candidate: digest, incumbent }, [ours, 0.97]),
  ...change,
});

/** A candidate whose version names this comparison, and a registry that holds it. */
function registered(comparison?: Comparison, text = canonicalJson(comparison ?? null)) {
  const tags =
    comparison === undefined
      ? []
      : [{ key: "isotherm.comparison", value: comparisonKey(comparison) }];
  const candidate: Candidate = {
    digest,
    manifest,
    version: { name: "wine", version: "2", run_id: "run-2", tags, aliases: [] },
    run: { info: { run_id: "run-2", experiment_id: "1", status: "FINISHED" } } as Run,
  };
  const downloadArtifact = (_: Run, path: string) =>
    comparison !== undefined && path === comparisonKey(comparison)
      ? Promise.resolve(new TextEncoder().encode(text))
      : Promise.reject(new MlflowError("get", 404, "RESOURCE_DOES_NOT_EXIST", "no"));
  return { candidate, mlflow: { downloadArtifact } };
}

const rule = { metric: "accuracy", direction: "maximize", tolerance: 0 } as const;
const rules = (change = {}): AdmissionRules => ({
  now: new Date("2026-01-02T04:04:05.000Z"),
  incumbent: { digest: incumbent, rule, wayOut: "compare them", ...change },
});
const ask = ({ candidate, mlflow }: ReturnType<typeof registered>, asked = rules()) =>
  admit(mlflow, candidate, asked);

test("C-01 a release that is as good as the incumbent is admitted, and both digests and the rule are recorded", async () => {
  const comparison = changedComparison(0.974);
  const key = comparisonKey(comparison);
  expect(await ask(registered(comparison))).toEqual({
    admission: {
      admittedAt: "2026-01-02T04:04:05.000Z",
      ageSeconds: 3_600,
      comparison: { kind: "made", incumbent, rule, sha256: key.slice(-69, -5) },
    },
    comparison,
  });
});

test.each<[string, ReturnType<typeof registered>, RegExp]>([
  [
    "worse",
    registered(changedComparison(0.96)),
    /^beside bbbbbbbbbbbb: accuracy 0\.96 is worse than the incumbent's 0\.97$/,
  ],
  [
    "not compared",
    registered(),
    /^was not compared with bbbbbbbbbbbb, which has most of the requests: compare them$/,
  ],
  [
    "compared with what had the requests before",
    registered(
      changedComparison(0.99, {
        incumbent: { release: "e".repeat(64), metrics: { accuracy: 0.5 } },
      }),
    ),
    /^compared with eeeeeeeeeeee, but bbbbbbbbbbbb has the weight now: compare again: compare them$/,
  ],
  [
    "given the comparison of another",
    registered(
      changedComparison(0.99, { candidate: { release: "c".repeat(64), metrics: { accuracy: 1 } } }),
    ),
    /^has the comparison of another release/,
  ],
  [
    "better only by an edited score",
    registered(changedComparison(0.96), canonicalJson(changedComparison(0.99))),
    /is not the comparison that its key names$/,
  ],
])("C-01 a release that is %s is refused", async (_, held, message) => {
  const { refusal } = await ask(held);
  expect(refusal).toMatch(message);
});

test("C-01 where nothing is served, the release serves already, or the stack file says off, there is no comparison", async () => {
  const alone = await ask(registered(), {});
  expect(alone).toMatchObject({ admission: { comparison: { kind: "none" } } });
  const itself = await ask(registered(), rules({ digest }));
  expect(itself).toMatchObject({ admission: { comparison: { kind: "none" } } });
  const off = await ask(registered(), rules({ rule: undefined }));
  expect(off).toMatchObject({ admission: { comparison: { kind: "off", incumbent } } });
});

test.each([undefined, 3_600])(
  "U-07 a release that says it was trained later than now is refused, with a maxAge of %s s",
  async (maxAgeSeconds) => {
    const now = new Date("2026-01-02T02:04:05.000Z");
    expect(await ask(registered(), { now, maxAgeSeconds })).toEqual({
      refusal:
        "says that it was trained at 2026-01-02T03:04:05.000Z, and it is 2026-01-02T02:04:05.000Z: " +
        "nothing is admitted before it is trained",
    });
    // By a minute the clocks of two machines may differ.
    const almost = new Date("2026-01-02T03:03:05.000Z");
    expect(await ask(registered(), { now: almost, maxAgeSeconds })).toMatchObject({
      admission: { ageSeconds: 0 },
    });
  },
);

const shadow = { admittedAt: "2026-01-02T03:14:05.000Z", maxAgeSeconds: 900 };
const shadowRecordOf = () => ({ "admission.json": JSON.stringify(shadow) });

test("T-02 a shadow that is asked nothing beside the incumbent is admitted for copies alone", async () => {
  const nothing = rules({ rule: undefined });
  expect(await ask(registered(), { ...nothing, isShadow: true })).toEqual({
    admission: {
      admittedAt: "2026-01-02T04:04:05.000Z",
      ageSeconds: 3_600,
      comparison: { kind: "shadow" },
    },
  });
  const first = { now: nothing.now as Date, isShadow: true };
  expect(await ask(registered(), first)).toMatchObject({
    admission: { comparison: { kind: "shadow" } },
  });
  // One that is compared has its admission for requests as well.
  const compared = await ask(registered(changedComparison(0.98)), { ...rules(), isShadow: true });
  expect(compared).toMatchObject({ admission: { comparison: { kind: "made", incumbent } } });
});

test("C-01 a shadow that is to have requests is compared then; its age was asked when it became one", async () => {
  const strict = { ...rules(), maxAgeSeconds: 60, shadowRecordOf };
  expect((await ask(registered(), strict)).refusal).toMatch(/^was not compared with bbbbbbbbbbbb/);
  expect(await ask(registered(changedComparison(0.98)), strict)).toMatchObject({
    admission: {
      admittedAt: "2026-01-02T04:04:05.000Z",
      shadowSince: shadow.admittedAt,
      ageSeconds: 600,
      maxAgeSeconds: 900,
      comparison: { kind: "made" },
    },
  });
});
