import type { input } from "@pulumi/kubernetes/types/index.js";
import { executionProviderVariable } from "../../training-image/engine/execution-provider.ts";

/** Cards that a program may meet, and the MIG profiles each has (NVIDIA, MIG User Guide, "Supported MIG Profiles"). */
export const gpuCards = {
  "quadro-rtx-8000": { label: "Quadro RTX 8000 (Turing)", mig: [] },
  t4: { label: "T4 (Turing)", mig: [] },
  v100: { label: "V100 (Volta)", mig: [] },
  a10: { label: "A10 (Ampere)", mig: [] },
  l4: { label: "L4 (Ada)", mig: [] },
  l40s: { label: "L40S (Ada)", mig: [] },
  a30: { label: "A30 (Ampere)", mig: ["1g.6gb", "2g.12gb", "4g.24gb"] },
  "a100-40gb": {
    label: "A100 40 GB (Ampere)",
    mig: ["1g.5gb", "1g.10gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"],
  },
  "a100-80gb": {
    label: "A100 80 GB (Ampere)",
    mig: ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"],
  },
  "h100-80gb": {
    label: "H100 80 GB (Hopper)",
    mig: ["1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"],
  },
  h200: {
    label: "H200 141 GB (Hopper)",
    mig: ["1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb"],
  },
} as const satisfies Record<string, { label: string; mig: readonly string[] }>;
export type GpuCard = keyof typeof gpuCards;

/** Where a GPU is asked for. */
export interface GpuRequest {
  /** Labels of the nodes that may be used; empty: any node that has such a GPU. */
  nodeSelector: Readonly<Record<string, string>>;
  /** A MIG profile of the pool's card, `1g.10gb`, where its cards are parted; otherwise a whole card. */
  mig: string | undefined;
}

/** Told to what runs graphs, ours or another's: nothing falls back to the processor silently. */
export const onGpu = { name: executionProviderVariable, value: "cuda" } as const;

/** What a training with a GPU asks for where nobody says otherwise. */
export const gpuDefaults = {
  cpu: "4",
  memory: "8Gi",
  cpuLimit: "8",
  memoryLimit: "16Gi",
  /** Size of /dev/shm, in memory: what loaders of data hand batches over in. */
  sharedMemory: "8Gi",
  /** Size of the data volume. */
  data: "20Gi",
} as const;

/** What a model's server with a GPU asks for where nobody says otherwise. */
export const gpuServerDefaults = { cpu: "1", cpuLimit: "2", memory: "8Gi" } as const;

/** The extended resource that NVIDIA's device plugin offers for a request: a whole card, or a part by its profile. */
export function gpuResource({ mig }: Pick<GpuRequest, "mig">): string {
  return mig === undefined ? "nvidia.com/gpu" : `nvidia.com/mig-${mig}`;
}

/** One of them, as a container requests it and is limited to. */
export function gpuDevice(gpu: Pick<GpuRequest, "mig">): Record<string, string> {
  return { [gpuResource(gpu)]: "1" };
}

/** What brings a pod to the nodes of a pool; their taint keeps everything else away. */
export function gpuPlacement({ nodeSelector }: GpuRequest) {
  return {
    ...(Object.keys(nodeSelector).length > 0 ? { nodeSelector } : {}),
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  } satisfies Partial<input.core.v1.PodSpec>;
}
