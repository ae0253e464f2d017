import { describe, expect, test } from "vitest";
import { heldPrefix } from "../../contracts/admission.ts";
import { routeRule } from "./route-rule.ts";
import { judge } from "./testing/judge.ts";

// The rule's own words, read by another implementation of CEL than Kubernetes'. That the API server understands them, and
// what it then does, is asked of a cluster: test/e2e/5-admission.e2e.test.ts.

const list = { "wine-blue": "a".repeat(64), "wine-green": "b".repeat(64) };
const metadata = { name: "wine", labels: { "isotherm.dev/model": "wine" } };

/** A route as the program writes it: one rule that shares out, and one for each slot. @param weights undefined is none given */
function route(weights: Readonly<Record<string, number | undefined>>, more: object = {}) {
  const refs = Object.entries(weights).map(([slot, weight]) => ({
    name: `wine-${slot}`,
    port: 80,
    ...(weight === undefined ? {} : { weight }),
  }));
  const path = { type: "PathPrefix", value: "/models/wine" };
  return {
    metadata: { ...metadata, ...more },
    spec: {
      rules: [
        { matches: [{ path }], backendRefs: refs },
        ...refs.map((ref) => ({
          matches: [{ path, headers: [{ name: "X-Isotherm-Slot", value: ref.name }] }],
          backendRefs: [{ ...ref, weight: 1 }],
        })),
      ],
    },
  };
}
const sumsTo = (sum: number) =>
  `the weights of wine sum to ${sum}, must be 100: change them in stacks/Pulumi.prod.yaml`;

describe("N-02 the weights of a model's requests", () => {
  test.each([{ blue: 100 }, { blue: 90, green: 10 }, { blue: 0, green: 100 }])(
    "%j sum to 100 and may be written",
    (weights) => {
      for (const operation of ["CREATE", "UPDATE"] as const) {
        const request = {
          operation,
          object: route(weights),
          oldObject: route({ blue: 100 }),
          list,
        };
        expect(judge(routeRule, request)).toEqual([]);
      }
    },
  );

  test.each<[Record<string, number | undefined>, number]>([
    [{ blue: 0, green: 0 }, 0],
    [{ blue: 50 }, 50],
    [{ blue: 100, green: 10 }, 110],
    [{ blue: undefined, green: undefined }, 2],
    [{}, 0],
  ])("%j are refused, and the sum %d is named", (weights, sum) => {
    const request = { operation: "UPDATE" as const, oldObject: route({ blue: 100 }), list };
    expect(judge(routeRule, { ...request, object: route(weights) })).toEqual([sumsTo(sum)]);
  });

  test("of a route that is nobody's model are its owner's", () => {
    const object = { ...route({ blue: 50 }), metadata: { name: "theirs" } };
    expect(judge(routeRule, { operation: "CREATE", object, list })).toEqual([]);
  });
});

test("N-02 a model's route keeps the label by which its weights are asked, with its weights and without", () => {
  for (const weights of [{ blue: 100 }, { blue: 50 }]) {
    const object = { ...route(weights), metadata: { name: "wine" } };
    const request = { object, oldObject: route({ blue: 100 }), list };
    expect(judge(routeRule, { operation: "UPDATE", ...request })).toEqual([
      "the label isotherm.dev/model of wine stays: it has the weights of a model asked for their sum",
    ]);
  }
});

describe("a route that is deleted", () => {
  const gone = { deletionTimestamp: "2026-01-02T03:04:05Z" };

  test("is let go, whatever the list and its weights say by then", () => {
    const object = route({ blue: 0 }, gone);
    expect(judge(routeRule, { operation: "UPDATE", object, oldObject: object, list: {} })).toEqual(
      [],
    );
  });

  test("is asked all the same where its rules change", () => {
    const request = { object: route({ blue: 0 }, gone), oldObject: route({ blue: 100 }, gone) };
    expect(judge(routeRule, { operation: "UPDATE", ...request, list })).toEqual([sumsTo(0)]);
  });
});

describe("requests of a model", () => {
  const ask = (weights: Record<string, number>, held: object = {}) =>
    judge(routeRule, {
      operation: "UPDATE",
      object: route(weights),
      oldObject: route({ blue: 100 }),
      list: { "wine-blue": list["wine-blue"], ...held },
    });

  test("go to no slot without an approved release; at weight 0 one may be there", () => {
    expect(ask({ blue: 100, green: 0 })).toEqual([]);
    expect(ask({ blue: 90, green: 10 })).toEqual([
      "wine-green has no release that this environment approved, so it gets no requests: " +
        "name it in stacks/Pulumi.prod.yaml and run `pulumi up --stack prod`",
    ]);
  });

  test("go to no slot whose release is on hold", () => {
    expect(ask({ blue: 100 }, { [`${heldPrefix}${"a".repeat(12)}`]: "1" })).toEqual([
      "the release of wine-blue is on hold, so it gets no requests: send them to the other slot, " +
        "or lift the hold with `npm run hold`",
    ]);
  });
});
