import { expect, it } from "vitest";
import type { Live } from "../live.ts";
import { nothingLive } from "../live.ts";
import { planRamp } from "./ramp.ts";
import { parseStack } from "./stacks.ts";

const [steady, fresh] = ["2f9c0b71d4aa", "81aa52c09e13"];
const text = (green: number) => `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "${steady}", weight: ${100 - green} } # steady
      green: { release: "${fresh}", from: staging, weight: ${green} }
      gates: [{ metric: pde_loss, below: 1e-3 }]
      ramp: { weights: [10, 25, 100], bake: 1h }
`;
const now = new Date("2026-02-02T12:00:00.000Z");
const record = (release: string, admittedAt: string) => ({
  digest: release.padEnd(64, "0"),
  "admission.json": JSON.stringify({ admittedAt }),
});
const liveWith = (green: number, minutes: number): Live => ({
  ...nothingLive,
  slots: new Map([
    [
      "heat",
      new Map([
        ["blue", { release: steady.padEnd(64, "0"), weight: 100 - green, ready: 1 }],
        ["green", { release: fresh.padEnd(64, "0"), weight: green, ready: 1 }],
      ]),
    ],
  ]) as Live["slots"],
  routes: {
    ...nothingLive.routes,
    http: new Map([
      ["heat", { writtenAt: new Date(now.getTime() - minutes * 60_000).toISOString() }],
    ]),
  },
  records: [record(steady, "2026-01-01T00:00:00.000Z"), record(fresh, "2026-02-01T00:00:00.000Z")],
});
const plan = (green: number, minutes: number, file = text(green)) =>
  planRamp(parseStack("prod", file), "heat", liveWith(green, minutes), now);

it("T-03 writes the next step when the present one was held long enough", () => {
  expect(plan(10, 60)).toMatchObject({ text: text(25) });
  expect(plan(25, 90)).toMatchObject({ text: text(100) });
  expect(plan(0, 0)).toMatchObject({ text: text(10) });
});

it("T-03 says how long is left before the next step, and that there is none", () => {
  expect(plan(10, 13)).toEqual({
    wait: `heat: green, release ${fresh}, keeps 10 % for another 47 min; then it goes to 25 %`,
  });
  expect(plan(100, 0)).toEqual({ wait: "heat: no release is on its way up" });
});

it("is refused where file and cluster differ, or there is no ramp", () => {
  expect(() => plan(10, 60, text(25))).toThrow(
    `has 25 % in stacks/Pulumi.prod.yaml and 10 % in the cluster: \`pulumi up --stack prod\` first`,
  );
  expect(() => plan(10, 60, text(10).replace(/ {6}ramp.*\n/, ""))).toThrow("heat has no `ramp`");
});
