import { z } from "zod";
import { keys } from "../../../../contracts/names.ts";
import { annotationPath, authorOf } from "../author.ts";
import type { SeenObject } from "../seen-object.ts";
import { modelOf, type Described } from "./described.ts";

const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ image: z.string().optional() })).default([]),
        volumes: z
          .array(z.object({ configMap: z.object({ name: z.string().optional() }).optional() }))
          .default([]),
      }),
    }),
  }),
});

/** What the servers of a slot load. */
export function describeSlot(object: SeenObject): Described {
  const { labels, annotations } = object.metadata;
  const pod = Deployment.safeParse(object).data?.spec.template.spec;
  return {
    model: modelOf(object),
    ...authorOf(object, [annotationPath(keys.release), ["f:spec", "f:template"]]),
    change: {
      kind: "slot",
      slot: labels[keys.slot] ?? "",
      from: null,
      to: {
        release: annotations[keys.release] ?? null,
        image: pod?.containers[0]?.image ?? null,
        config: pod?.volumes.flatMap(({ configMap }) => configMap?.name ?? [])[0] ?? null,
      },
    },
  };
}
