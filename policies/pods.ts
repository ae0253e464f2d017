/** The part of a container that the policies read. */
export interface Container {
  name?: string;
  image?: string;
  resources?: {
    requests?: Readonly<Record<string, unknown>>;
    limits?: Readonly<Record<string, unknown>>;
  };
  ports?: readonly { hostPort?: number }[];
  securityContext?: ContainerSecurity;
  volumeMounts?: readonly { name?: string; mountPath?: string }[];
}

/** What is set for a whole pod, and may be set again for one of its containers. */
export interface PodSecurity {
  runAsNonRoot?: boolean;
  runAsUser?: number;
  seccompProfile?: { type?: string };
}

export interface ContainerSecurity extends PodSecurity {
  allowPrivilegeEscalation?: boolean;
  privileged?: boolean;
  capabilities?: { add?: readonly string[]; drop?: readonly string[] };
  procMount?: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface PodSpec {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  nodeSelector?: Readonly<Record<string, string>>;
  affinity?: { nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: unknown } };
  securityContext?: PodSecurity;
  tolerations?: readonly Toleration[];
  volumes?: readonly ({ name?: string } & Readonly<Record<string, unknown>>)[];
}

interface Template {
  metadata?: { labels?: Readonly<Record<string, string>> };
  spec?: PodSpec;
}

interface Workload extends Template {
  spec?: PodSpec & {
    template?: Template;
    jobTemplate?: { spec?: { template?: Template } };
  };
}

const templated = new Set(["DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"]);

/**
 * The pod that a Kubernetes workload runs, or undefined for any other type. Pods that a controller makes from a resource
 * of its own kind, such as a gateway's proxies, are no part of a program and are not seen.
 * @param type Pulumi's type token, such as `kubernetes:apps/v1:Deployment`
 */
export function podOf(type: string, props: unknown): Template | undefined {
  const [provider, , kind = ""] = type.split(":");
  const workload = props as Workload;
  if (provider !== "kubernetes") return undefined;
  if (kind === "Pod") return workload;
  if (kind === "CronJob") return workload.spec?.jobTemplate?.spec?.template;
  return templated.has(kind) ? workload.spec?.template : undefined;
}

/** The containers of a Kubernetes workload, those that initialise first; none for any other type. */
export function containersOf(type: string, props: unknown): Container[] {
  const spec = podOf(type, props)?.spec;
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

/** What a message calls a container. */
export function label({ name }: Container): string {
  return `container ${name ?? "without a name"}`;
}
