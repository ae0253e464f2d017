import { z } from "zod";
import { gpuCards, type GpuCard } from "../components/gpu/gpu.ts";
import { Name } from "../contracts/primitives.ts";

/** What people write of GPUs in a stack file. */

/** @param what has the GPUs, such as "GPUs of a run" */
export const Gpu = (what: string) =>
  z.strictObject({
    pool: Name.default("any").meta({
      description: "Which of the `gpuPools` it runs in; `any`: wherever there is a GPU",
    }),
    count: z
      .int()
      .min(0)
      .max(1, "more than one GPU is not built yet; use 1")
      .default(1)
      .meta({ description: `${what}; more than one is not built yet` }),
  });
export type GpuConfig = z.infer<ReturnType<typeof Gpu>>;

const cards = Object.keys(gpuCards) as [GpuCard, ...GpuCard[]];

/** Nodes with GPUs of one kind. */
export const GpuPool = z.strictObject({
  card: z.enum(cards).optional().meta({
    description: "The pool's card; needed for `mig`",
  }),
  nodeSelector: z.record(z.string().min(1), z.string()).optional().meta({
    entry: "label",
    shown: "text",
    unset: "`isotherm.dev/pool`: the pool's name",
    description: "A label of the pool's nodes",
  }),
  mig: z.string().optional().meta({
    shown: "profile such as `1g.10gb`",
    unset: "whole cards",
    description: "The part of a card that each gets, where the pool's cards are parted so",
  }),
});
export type GpuPools = Readonly<Record<string, z.infer<typeof GpuPool>>>;
