import type { Properties } from "../shared/values.ts";
import { textAt } from "../shared/values.ts";

/** The coordinates of a kind: `apiVersion` as in manifests (`v1`, `apps/v1`) and `kind`. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * The kind a resource type stands for: `kubernetes:apps/v1:Deployment` is Deployment of apps/v1, the group "core" is
 * the empty one.
 * @throws where the type is none of this provider's, or one this stand-in deliberately leaves out.
 */
export function kindOfType(type: string): Kind {
  const [packageName, module = "", name = ""] = type.split(":");
  if (packageName !== "kubernetes") {
    throw new Error(`resource type "${type}" does not belong to the kubernetes provider`);
  }
  refuseUnsupported(type, module, name);
  const [group = "", version = ""] = module.split("/");
  if (group === "" || version === "" || name === "") {
    throw new Error(
      `resource type "${type}" names no group and version; want kubernetes:<apiVersion>:<kind>`,
    );
  }
  return { apiVersion: group === "core" ? version : `${group}/${version}`, kind: name };
}

function refuseUnsupported(type: string, module: string, name: string): void {
  const official =
    "use a plain resource or CustomResource, or install the official kubernetes plugin";
  if (/^(yaml|helm\.sh|kustomize)(\/|$)/.test(module)) {
    throw new Error(`${type} is not supported by this stand-in provider: ${official}`);
  }
  const builtIn = isBuiltIn(module.replace(/^core\//, ""));
  if (builtIn && name.endsWith("Patch")) {
    throw new Error(
      `${type}: patch resources are not supported by this stand-in provider: ${official}`,
    );
  }
  if (builtIn && name.endsWith("List")) {
    throw new Error(`${type}: list resources cannot be created; declare each item on its own`);
  }
}

/** The type of a URN: `kubernetes:core/v1:Secret`, without the types of its parents. */
export function typeOfUrn(urn: string): string {
  const chain = urn.split("::")[2] ?? "";
  return chain.slice(chain.lastIndexOf("$") + 1);
}

/** The logical name of a URN; names may hold "::" themselves. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

export function kindOf(object: Properties): Kind {
  return { apiVersion: textAt(object, "apiVersion"), kind: textAt(object, "kind") };
}

export function isKind(object: Properties, apiVersion: string, kind: string): boolean {
  return object["apiVersion"] === apiVersion && object["kind"] === kind;
}

export function isCustomResourceDefinition(object: Properties): boolean {
  return (
    object["kind"] === "CustomResourceDefinition" &&
    textAt(object, "apiVersion").startsWith("apiextensions.k8s.io/")
  );
}

const builtInGroups: ReadonlySet<string> = new Set([
  "",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "apps",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "autoscaling",
  "batch",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "extensions",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

/** Whether Kubernetes itself defines the group, so that the shape of its objects is known. */
export function isBuiltIn(apiVersion: string): boolean {
  return builtInGroups.has(groupOf(apiVersion));
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

const clusterScoped: ReadonlySet<string> = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "ComponentStatus",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "IPAddress",
  "IngressClass",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PodSecurityPolicy",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "SelfSubjectAccessReview",
  "SelfSubjectReview",
  "SelfSubjectRulesReview",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersion",
  "StorageVersionMigration",
  "SubjectAccessReview",
  "TokenReview",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

/** Whether objects of a kind of Kubernetes itself live in namespaces; undefined for custom kinds. */
export function builtInScope({ apiVersion, kind }: Kind): "Namespaced" | "Cluster" | undefined {
  if (!isBuiltIn(apiVersion)) return undefined;
  return clusterScoped.has(kind) ? "Cluster" : "Namespaced";
}

/** `kind/name` or `kind/namespace/name`, for messages. */
export function describe(object: Properties): string {
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name");
  return `${textAt(object, "kind")} ${namespace === "" ? name : `${namespace}/${name}`}`;
}

/** The id the engine keeps: `name`, or `namespace/name`. */
export function idOf(object: Properties): string {
  const namespace = textAt(object, "metadata", "namespace");
  const name = textAt(object, "metadata", "name");
  return namespace === "" ? name : `${namespace}/${name}`;
}

export function parseId(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  if (slash < 0) return { namespace: "", name: id };
  return { namespace: id.slice(0, slash), name: id.slice(slash + 1) };
}
