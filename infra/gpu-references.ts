import { z } from "zod";
import { gpuCards, type GpuCard } from "../components/gpu/gpu.ts";
import type { ReferenceProblem } from "./reference-problem.ts";

/** Names no pool: wherever there is a GPU. */
const anyPool = "any";

const text = z.string().optional().catch(undefined);

/** As much of what asks for a GPU as can be compared, whatever else is wrong in it. */
export const GpuDraft = z
  .object({ pool: text, count: z.unknown().optional() })
  .optional()
  .catch(undefined);
export type GpuDraft = z.infer<typeof GpuDraft>;

export const GpuPoolDraft = z
  .object({ card: text, mig: text })
  .catch({ card: undefined, mig: undefined });
export type GpuPoolDraft = z.infer<typeof GpuPoolDraft>;

/** Whether one is asked for at all. */
export const hasGpu = (gpu: GpuDraft) => gpu !== undefined && gpu.count !== 0;

/** A part of a card, where the card has no such part; or a name that means something else. */
export function checkGpuPool(
  path: readonly string[],
  name: string,
  { card, mig }: GpuPoolDraft,
): ReferenceProblem[] {
  if (name === anyPool)
    return [{ path, message: "means whatever node has a GPU: name it otherwise" }];
  if (mig === undefined) return [];
  const problem = (message: string) => [{ path: [...path, "mig"], message }];
  if (card === undefined) return problem("needs `card`, which says what parts there are");
  if (!Object.hasOwn(gpuCards, card)) return [];
  const { label, mig: profiles } = gpuCards[card as GpuCard];
  if ((profiles as readonly string[]).includes(mig)) return [];
  return problem(
    profiles.length === 0
      ? `${label} has no MIG: leave \`mig\` out; time-slicing is how such a card is shared`
      : `${label} has no profile "${mig}"; it has ${profiles.join(", ")}`,
  );
}

/** A pool that the stack file does not declare. */
export function checkPool(
  path: readonly string[],
  pool: string | undefined,
  pools: Readonly<Record<string, GpuPoolDraft>>,
): ReferenceProblem[] {
  if (pool === undefined || pool === anyPool || Object.hasOwn(pools, pool)) return [];
  const known = [anyPool, ...Object.keys(pools)].join(", ");
  const message = `isotherm:gpuPools declares no pool "${pool}"; there is ${known}`;
  return [{ path, message }];
}

/** Who asks for a GPU, and what says which image it runs in. */
export interface GpuUser {
  /** `training heat`. */
  who: string;
  gpu: GpuDraft;
}

/**
 * Code of ours on a GPU with an image that has no CUDA. What `npm run images` builds is for the processor; whoever brings
 * a GPU brings its image.
 * @param role of the image that all of them run in
 * @param image as the stack file names it
 */
export function checkCudaImage(
  role: "training" | "serving",
  image: unknown,
  users: readonly GpuUser[],
): ReferenceProblem[] {
  const asking = users.find(({ gpu }) => hasGpu(gpu));
  if (image !== undefined || asking === undefined) return [];
  const message = `is missing: ${asking.who} asks for a GPU, and needs a ${role} image with CUDA`;
  return [{ path: ["images", role], message }];
}
