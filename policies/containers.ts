/** The part of a container that the policies read. */
export interface Container {
  name?: string;
  image?: string;
  resources?: {
    requests?: Readonly<Record<string, unknown>>;
    limits?: Readonly<Record<string, unknown>>;
  };
}

interface PodSpec {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
}

interface Workload {
  spec?: PodSpec & {
    template?: { spec?: PodSpec };
    jobTemplate?: { spec?: { template?: { spec?: PodSpec } } };
  };
}

const templated = new Set(["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"]);

/**
 * The containers of a Kubernetes workload, those that initialise first; none for any other type. Pods that a controller
 * makes from a resource of its own kind, such as a gateway's proxies, are no part of a program and are not seen.
 * @param type Pulumi's type token, such as `kubernetes:apps/v1:Deployment`
 */
export function containersOf(type: string, props: unknown): Container[] {
  const spec = podSpec(type, props as Workload);
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

function podSpec(type: string, { spec }: Workload): PodSpec | undefined {
  const [provider, , kind = ""] = type.split(":");
  if (provider !== "kubernetes") return undefined;
  if (kind === "Pod") return spec;
  if (kind === "CronJob") return spec?.jobTemplate?.spec?.template?.spec;
  return templated.has(kind) ? spec?.template?.spec : undefined;
}

/** What a message calls a container. */
export function label({ name }: Container): string {
  return `container ${name ?? "without a name"}`;
}
