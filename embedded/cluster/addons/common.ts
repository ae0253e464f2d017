import type { V1PodSpec, V1SecurityContext } from "@kubernetes/client-node";

/** Labels of everything the embedded cluster installs. */
export function labelsOf(name: string, component: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": name,
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/part-of": "isotherm-embedded",
    "app.kubernetes.io/managed-by": "isotherm",
  };
}

/** What Pod Security "restricted" asks of a pod. */
export const restrictedPod: Pick<V1PodSpec, "securityContext"> = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65_532,
    runAsGroup: 65_532,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

/** What Pod Security "restricted" asks of a container, and a read-only root file system. */
export const restrictedContainer: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
