/** Users of the images, and the groups that own their volumes. */
export const users = { own: 1000, postgres: 999, envoyGateway: 65532 } as const;

/** Pod-level security that the Pod Security level "restricted" asks for. */
export function podSecurity(user: number) {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Container-level security: no privileges to gain, nothing to write but the mounted volumes. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** What every pod of ours has: no credentials for the API server, no variables about other Services. */
export const plainPod = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
} as const;
