import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../../../contracts/canonical.ts";
import { headers } from "../../../../contracts/names.ts";
import { Slot } from "../../../../contracts/serving-config.ts";
import { authorOf } from "../author.ts";
import type { SeenObject } from "../seen-object.ts";
import { modelOf, type Described } from "./described.ts";

const Backend = z.object({ name: z.string(), weight: z.number().default(1) });
const Route = z.object({
  spec: z.object({
    rules: z
      .array(
        z.object({
          matches: z
            .array(z.object({ headers: z.array(z.object({ name: z.string() })).default([]) }))
            .default([]),
          backendRefs: z.array(Backend).default([]),
          filters: z
            .array(
              z.object({
                requestMirror: z
                  .object({
                    backendRef: z.object({ name: z.string() }),
                    percent: z.number().default(100),
                  })
                  .optional(),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
});

/** Who gets how much by an HTTPRoute or a GRPCRoute. */
export function describeTraffic(object: SeenObject): Described {
  const model = modelOf(object);
  const slotOf = (service: string) => {
    const slot = Slot.safeParse(service.slice(`${model}-`.length));
    return service.startsWith(`${model}-`) && slot.success ? slot.data : service;
  };
  const rules = Route.safeParse(object).data?.spec.rules ?? [];
  // A rule that asks for a slot leads to it whatever its weight; gRPC's ask for the model, which over HTTP is the path.
  const shared = rules.filter(({ matches }) =>
    matches.every((match) => match.headers.every(({ name }) => name === headers.routeModel)),
  );
  const weights = Object.fromEntries(
    shared.flatMap(({ backendRefs }) =>
      backendRefs.map(({ name, weight }) => [slotOf(name), weight] as const),
    ),
  );
  const mirror = shared
    .flatMap(({ filters }) => filters)
    .find(({ requestMirror }) => requestMirror !== undefined)?.requestMirror;
  const shadow =
    mirror === undefined
      ? {}
      : { shadow: { slot: slotOf(mirror.backendRef.name), percent: mirror.percent } };
  return {
    model,
    ...authorOf(object, [["f:spec", "f:rules"]]),
    change: {
      kind: "traffic",
      from: null,
      to: { weights, ...shadow, rules: sha256Hex(canonicalJson(rawRules(object) ?? null)) },
      releases: {},
    },
  };
}

function rawRules(object: SeenObject): unknown {
  const spec = object["spec"];
  return typeof spec === "object" && spec !== null && "rules" in spec ? spec.rules : undefined;
}
