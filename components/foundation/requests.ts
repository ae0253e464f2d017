/** What a container asks for and may use at most. Quantities as Kubernetes writes them. */
export interface ContainerResources {
  requests: { cpu: string; memory: string };
  limits: { cpu?: string; memory: string };
}

/** Requests and memory limit of a container; a CPU limit only where a burst would hurt others. */
export function containerResources(
  cpu: string,
  memory: string,
  memoryLimit: string,
): ContainerResources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** CPU in thousandths of a core: `250m` is 250, `1.5` is 1500. */
export function milliCpu(quantity: string): number {
  const milli = quantity.endsWith("m") ? Number(quantity.slice(0, -1)) : Number(quantity) * 1_000;
  if (!Number.isFinite(milli)) throw new TypeError(`not a CPU quantity: ${quantity}`);
  return milli;
}

/** What a container requests where nobody says otherwise. */
export const defaultResources = {
  training: { cpu: "500m", memory: "512Mi" },
  server: { cpu: "100m", memory: "256Mi" },
} as const;
