import { containerResources, defaultResources, quantityOf } from "../foundation/requests.ts";
import { gpuDefaults, gpuDevice, type GpuRequest } from "../gpu/gpu.ts";

/** What a training may use. What is not set has the default of a training with, or without, a GPU. */
export interface TrainingResources {
  /** @default 500m, with a GPU 4 */
  cpu?: string | undefined;
  /** @default 512Mi, with a GPU 8Gi */
  memory?: string | undefined;
  /** @default none, with a GPU 8 or what it requests */
  cpuLimit?: string | undefined;
  /** @default the memory it requests, with a GPU at least 16Gi */
  memoryLimit?: string | undefined;
  /** Size of /dev/shm, kept in memory. @default the runtime's own, with a GPU 8Gi */
  sharedMemory?: string | undefined;
}

/** Where the data volume lies. */
export const dataFolder = "/data";

/** A volume at /data. What lies on a claim outlives the pod; a volume of a size does not. */
export type DataVolume = { size: string } | { claim: string };

export interface VolumeMounts {
  volumes: ({ name: string } & Record<string, unknown>)[];
  mounts: { name: string; mountPath: string }[];
}

/** Requests and limits of the container that trains. */
export function trainingResources(own: TrainingResources, gpu: GpuRequest | undefined) {
  if (gpu === undefined) {
    const cpu = own.cpu ?? defaultResources.training.cpu;
    const memory = own.memory ?? defaultResources.training.memory;
    const { requests, limits } = containerResources(cpu, memory, own.memoryLimit ?? memory);
    return { requests, limits: cpuLimited(limits, own.cpuLimit) };
  }
  const cpu = own.cpu ?? gpuDefaults.cpu;
  const memory = own.memory ?? gpuDefaults.memory;
  const device = gpuDevice(gpu);
  const cpuLimit = own.cpuLimit ?? larger(cpu, gpuDefaults.cpuLimit);
  const memoryLimit = own.memoryLimit ?? larger(memory, gpuDefaults.memoryLimit);
  const { requests, limits } = containerResources(cpu, memory, memoryLimit);
  return {
    requests: { ...requests, ...device },
    limits: { ...cpuLimited(limits, cpuLimit), ...device },
  };
}

/** Room for data and for what processes hand each other in memory. */
export function trainingVolumes(
  { sharedMemory }: TrainingResources,
  data: DataVolume | undefined,
  gpu: GpuRequest | undefined,
): VolumeMounts {
  const shm = sharedMemory ?? (gpu && gpuDefaults.sharedMemory);
  const volume = data ?? (gpu && { size: gpuDefaults.data });
  const { volumes, mounts }: VolumeMounts = { volumes: [], mounts: [] };
  if (volume !== undefined) {
    const source =
      "claim" in volume
        ? { persistentVolumeClaim: { claimName: volume.claim } }
        : { emptyDir: { sizeLimit: volume.size } };
    volumes.push({ name: "data", ...source });
    mounts.push({ name: "data", mountPath: dataFolder });
  }
  if (shm !== undefined) {
    volumes.push({ name: "shm", emptyDir: { medium: "Memory", sizeLimit: shm } });
    mounts.push({ name: "shm", mountPath: "/dev/shm" });
  }
  return { volumes, mounts };
}

const larger = (one: string, other: string) => (quantityOf(one) > quantityOf(other) ? one : other);

function cpuLimited<Limits extends object>(limits: Limits, cpu: string | undefined) {
  return cpu === undefined ? limits : { cpu, ...limits };
}
