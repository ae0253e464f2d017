import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ConfigMap,
  V1Deployment,
  V1Namespace,
  V1Pod,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
  V1StorageClass,
} from "@kubernetes/client-node";
import { storageClassName } from "../types.ts";
import { labelsOf, restrictedContainer, restrictedPod } from "./common.ts";

const name = "local-path-provisioner";
const namespace = "local-path-storage";
const provisioner = "rancher.io/local-path";
const rbac = "rbac.authorization.k8s.io";

/** What the storage add-on is made from. */
export interface LocalPathOptions {
  readonly image: string;
  /** Image with a shell, for the pods that make and remove volume folders. */
  readonly helperImage: string;
  /** Folder of the node that holds the volumes. */
  readonly volumes: string;
}

/** The default StorageClass `standard`: a folder of the node for each claim, removed with it. */
export function localPathObjects(options: LocalPathOptions): KubernetesObject[] {
  const labels = labelsOf(name, "storage");
  const space: V1Namespace = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: namespace,
      // The helper pods mount a folder of the node.
      labels: { ...labels, "pod-security.kubernetes.io/enforce": "privileged" },
    },
  };
  const serviceAccount: V1ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name, namespace, labels },
  };
  const storageClass: V1StorageClass = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name: storageClassName,
      labels,
      annotations: {
        "storageclass.kubernetes.io/is-default-class": "true",
        // Unlike hostPath, a local volume honours fsGroup, as volumes of other clusters do.
        defaultVolumeType: "local",
      },
    },
    provisioner,
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  };
  return [
    space,
    serviceAccount,
    ...permissions(labels),
    configuration(options, labels),
    deployment(options, labels),
    storageClass,
  ];
}

function permissions(labels: Record<string, string>): KubernetesObject[] {
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const role: V1Role = {
    apiVersion: `${rbac}/v1`,
    kind: "Role",
    metadata: { name, namespace, labels },
    rules: [
      {
        apiGroups: [""],
        resources: ["pods"],
        verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
      },
    ],
  };
  const roleBinding: V1RoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name, namespace, labels },
    roleRef: { apiGroup: rbac, kind: "Role", name },
    subjects,
  };
  const clusterRole: V1ClusterRole = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name, labels },
    rules: [
      {
        apiGroups: [""],
        resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
        verbs: ["get", "list", "watch"],
      },
      {
        apiGroups: [""],
        resources: ["persistentvolumes"],
        verbs: ["get", "list", "watch", "create", "patch", "update", "delete"],
      },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
      {
        apiGroups: ["storage.k8s.io"],
        resources: ["storageclasses"],
        verbs: ["get", "list", "watch"],
      },
    ],
  };
  const clusterRoleBinding: V1ClusterRoleBinding = {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name, labels },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
    subjects,
  };
  return [role, roleBinding, clusterRole, clusterRoleBinding];
}

function configuration(options: LocalPathOptions, labels: Record<string, string>): V1ConfigMap {
  const helper: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "helper-pod" },
    spec: {
      automountServiceAccountToken: false,
      priorityClassName: "system-node-critical",
      containers: [
        {
          name: "helper-pod",
          image: options.helperImage,
          imagePullPolicy: "IfNotPresent",
          securityContext: {
            runAsUser: 0,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            // Volumes hold files of any user, in folders only that user may enter.
            capabilities: { drop: ["ALL"], add: ["DAC_OVERRIDE", "FOWNER"] },
          },
        },
      ],
    },
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-path-config", namespace, labels },
    data: {
      "config.json": JSON.stringify({
        nodePathMap: [{ node: "DEFAULT_PATH_FOR_NON_LISTED_NODES", paths: [options.volumes] }],
      }),
      setup: '#!/bin/sh\nset -eu\numask 0\nmkdir -m 0777 -p "$VOL_DIR"\n',
      teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
      "helperPod.yaml": JSON.stringify(helper),
    },
  };
}

function deployment(options: LocalPathOptions, labels: Record<string, string>): V1Deployment {
  const selector = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: selector },
      // Two at once would both make volumes.
      strategy: { type: "Recreate" },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: {
          ...restrictedPod,
          serviceAccountName: name,
          priorityClassName: "system-cluster-critical",
          containers: [
            {
              name,
              image: options.image,
              imagePullPolicy: "IfNotPresent",
              args: [
                "start",
                "--config",
                "/etc/config/config.json",
                "--provisioner-name",
                provisioner,
                "--service-account-name",
                name,
                "--helper-image",
                options.helperImage,
              ],
              env: [
                {
                  name: "POD_NAMESPACE",
                  valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                },
                { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
              ],
              resources: { requests: { cpu: "5m", memory: "24Mi" }, limits: { memory: "128Mi" } },
              securityContext: restrictedContainer,
              volumeMounts: [{ name: "config", mountPath: "/etc/config/", readOnly: true }],
            },
          ],
          volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
        },
      },
    },
  };
}
