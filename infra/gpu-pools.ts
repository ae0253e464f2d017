import type { GpuRequest } from "../components/gpu/gpu.ts";
import { keys } from "../contracts/names.ts";
import type { GpuConfig, GpuPools } from "./gpu-schema.ts";

/** What the stack file says of one training's or one model's GPU, with the labels and parts of its pool. */
export function gpuRequest(gpu: GpuConfig | undefined, pools: GpuPools): GpuRequest | undefined {
  if (gpu === undefined || gpu.count === 0) return undefined;
  if (gpu.pool === "any") return { nodeSelector: {}, mig: undefined };
  const pool = pools[gpu.pool];
  return { nodeSelector: pool?.nodeSelector ?? { [keys.pool]: gpu.pool }, mig: pool?.mig };
}
