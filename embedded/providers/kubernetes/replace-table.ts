import type { PropertyPath } from "../shared/property-path.ts";
import { parsePath, valueAt } from "../shared/property-path.ts";
import type { Properties, Value } from "../shared/values.ts";
import { isList, isProperties } from "../shared/values.ts";
import { groupOf } from "./kind.ts";

/** Which Secrets and ConfigMaps may change in place; by default the provider replaces them. */
export interface Mutability {
  readonly secrets: boolean;
  readonly configMaps: boolean;
}

const workload = ["spec.selector"];
const roleBinding = ["roleRef"];
const claim = ["accessModes", "selector", "storageClassName", "volumeName"];
const volumeSources = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "csi",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "glusterfs",
  "hostPath",
  "iscsi",
  "local",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];
const podFields = [
  "affinity",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "nodeName",
  "nodeSelector",
  "overhead",
  "preemptionPolicy",
  "priority",
  "priorityClassName",
  "readinessGates",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "shareProcessNamespace",
  "subdomain",
  "terminationGracePeriodSeconds",
  "volumes",
];
const containerFields = [
  "args",
  "command",
  "env",
  "image",
  "imagePullPolicy",
  "lifecycle",
  "livenessProbe",
  "ports",
  "readinessProbe",
  "resources",
  "securityContext",
  "stdin",
  "stdinOnce",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];

/**
 * Fields whose change means a new object, by group and kind: the table of the official provider, so that both plan the
 * same. It does not list everything the API server refuses to change.
 */
const table: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": workload,
  "apps/Deployment": workload,
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "/PersistentVolume": volumeSources.map((field) => `spec.${field}`),
  "/PersistentVolumeClaim": claim.map((field) => `spec.${field}`),
  "/Pod": [
    ...podFields.map((field) => `spec.${field}`),
    ...["containers", "initContainers"].flatMap((list) =>
      containerFields.map((field) => `spec.${list}[*].${field}`),
    ),
  ],
  "/ResourceQuota": ["spec.scopes"],
  "/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": roleBinding,
  "rbac.authorization.k8s.io/RoleBinding": roleBinding,
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** The fields of an object that cannot change in place. */
export function immutableFields(inputs: Properties, mutable: Mutability): readonly PropertyPath[] {
  const fields = ["metadata.name", "metadata.namespace"];
  const kind = `${groupOf(String(inputs["apiVersion"] ?? ""))}/${String(inputs["kind"] ?? "")}`;
  const frozen = inputs["immutable"] === true;
  if (kind === "/Secret") {
    fields.push("type");
    if (!mutable.secrets || frozen) fields.push("data", "stringData");
  } else if (kind === "/ConfigMap") {
    if (!mutable.configMaps || frozen) fields.push("data", "binaryData");
  } else {
    fields.push(...(table[kind] ?? []));
  }
  return fields.map(parsePath);
}

/**
 * Whether changing `path` to `value` changes an immutable field: one above or at the path, or one inside a value that
 * is added as a whole.
 */
export function touches(
  field: PropertyPath,
  path: PropertyPath,
  value: Value | undefined,
): boolean {
  const shared = Math.min(field.length, path.length);
  for (let step = 0; step < shared; step++) {
    if (field[step] !== "*" && field[step] !== path[step]) return false;
  }
  return path.length >= field.length || holds(value, field.slice(path.length));
}

function holds(value: Value | undefined, path: PropertyPath): boolean {
  const star = path.indexOf("*");
  if (star < 0) return valueAt(value, path) !== undefined;
  const list = valueAt(value, path.slice(0, star));
  const items = isList(list) ? list : isProperties(list) ? Object.values(list) : [];
  return items.some((item) => holds(item, path.slice(star + 1)));
}
