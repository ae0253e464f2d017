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

const factors: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/**
 * A Kubernetes quantity as a number: cores for CPU, bytes for memory.
 * @throws TypeError where it is none
 */
export function quantityOf(text: string): number {
  const [, number, unit = ""] = /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = factors[unit];
  if (number === undefined || factor === undefined) throw new TypeError(`not a quantity: ${text}`);
  return Number(number) * factor;
}

/** CPU in thousandths of a core: `250m` is 250, `1.5` is 1500. */
export function milliCpu(quantity: string): number {
  return Math.round(quantityOf(quantity) * 1_000);
}

/** What a container requests where nobody says otherwise. */
export const defaultResources = {
  training: { cpu: "500m", memory: "512Mi" },
  batch: { cpu: "500m", memory: "512Mi" },
  drift: { cpu: "100m", memory: "512Mi" },
  server: { cpu: "100m", memory: "256Mi" },
} as const;
