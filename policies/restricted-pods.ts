import type { ResourceValidationPolicy } from "@pulumi/policy";
import { enforcementLevel } from "./enforcement.ts";
import {
  label,
  podOf,
  type Container,
  type ContainerSecurity,
  type PodSecurity,
  type PodSpec,
} from "./pods.ts";

export const restrictedPods: ResourceValidationPolicy = {
  name: "restricted-pods",
  description:
    "Every pod keeps to the Pod Security level restricted, which a namespace would refuse it for only when it starts.",
  enforcementLevel,
  validateResource: ({ type, props }, report) => {
    const spec = podOf(type, props)?.spec;
    if (spec === undefined) return;
    for (const message of securityFaults(spec)) report(message);
  },
};

const volumeKinds = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);
const seccompTypes = ["RuntimeDefault", "Localhost"];

/**
 * What a pod does that the level refuses, one message for each (Kubernetes, "Pod Security Standards", Restricted and the
 * Baseline below it, without what concerns Windows, SELinux, AppArmor and sysctls).
 */
export function securityFaults(spec: PodSpec): string[] {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field]);
  const volumes = (spec.volumes ?? []).flatMap(({ name, ...source }) =>
    Object.keys(source)
      .filter((kind) => !volumeKinds.has(kind))
      .map((kind) => `volume ${name}: is a ${kind}; use a claim, an emptyDir or a projection`),
  );
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  return [
    ...shared.map((field) => `pod: ${field} shares what is the node's; leave it out`),
    ...volumes,
    ...containers.flatMap((container) =>
      containerFaults(container, spec.securityContext ?? {}).map(
        (fault) => `${label(container)}: ${fault}`,
      ),
    ),
  ];
}

function containerFaults({ ports, securityContext = {} }: Container, pod: PodSecurity): string[] {
  const own: ContainerSecurity = securityContext;
  const user = own.runAsUser ?? pod.runAsUser;
  const seccomp = (own.seccompProfile ?? pod.seccompProfile)?.type;
  const dropped = own.capabilities?.drop ?? [];
  const added = (own.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const faults: [isFault: boolean, text: string][] = [
    [own.privileged === true, "is privileged"],
    [own.allowPrivilegeEscalation !== false, "needs allowPrivilegeEscalation: false"],
    [(own.runAsNonRoot ?? pod.runAsNonRoot) !== true, "needs runAsNonRoot: true"],
    [user === 0, "runs as user 0"],
    [!seccompTypes.includes(seccomp ?? ""), "needs a seccompProfile of type RuntimeDefault"],
    [!dropped.includes("ALL"), "needs capabilities.drop: [ALL]"],
    [added.length > 0, `adds capabilities ${added.join(", ")}`],
    [(ports ?? []).some(({ hostPort }) => (hostPort ?? 0) !== 0), "takes a port of the node"],
    [(own.procMount ?? "Default") !== "Default", `mounts /proc as ${own.procMount}`],
  ];
  return faults.flatMap(([isFault, text]) => (isFault ? [text] : []));
}
