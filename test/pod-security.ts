import type { Declared } from "./mocks.ts";

type Bag = Record<string, unknown>;

export interface Pod {
  /** Type and name of what declares it. */
  owner: string;
  spec: Bag;
  containers: Bag[];
  replicas: number;
  /** A Job ends; everything else keeps what it requested. */
  ends: boolean;
}

/** Every pod that these resources would run. */
export function podsOf(resources: readonly Declared[]): Pod[] {
  return resources.flatMap(({ type, name, inputs }) => {
    const spec = bag(inputs["spec"]);
    const template = type.endsWith(":CronJob")
      ? bag(bag(spec["jobTemplate"])["spec"])["template"]
      : spec["template"];
    if (!type.startsWith("kubernetes:") || template === undefined) return [];
    const pod = bag(bag(template)["spec"]);
    const containers = [...list(pod["initContainers"]), ...list(pod["containers"])];
    if (containers.length === 0) return [];
    const replicas = Number(spec["replicas"] ?? 1);
    return [
      { owner: `${type} ${name}`, spec: pod, containers, replicas, ends: type.endsWith("Job") },
    ];
  });
}

/** What the Pod Security level "restricted" (and our own rules) would refuse in a pod. */
export function violations(pod: Pod): string[] {
  const found: string[] = [];
  const say = (broken: boolean, what: string) => {
    if (broken) found.push(`${pod.owner}: ${what}`);
  };
  const { spec } = pod;
  for (const field of ["hostNetwork", "hostPID", "hostIPC"]) say(spec[field] === true, field);
  const allowed = [
    "configMap",
    "secret",
    "emptyDir",
    "persistentVolumeClaim",
    "projected",
    "downwardAPI",
    "csi",
    "ephemeral",
  ];
  for (const volume of list(spec["volumes"])) {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    say(
      kinds.some((kind) => !allowed.includes(kind)),
      `volume ${String(volume["name"])} is ${kinds.join()}`,
    );
  }
  const podContext = bag(spec["securityContext"]);
  for (const container of pod.containers) {
    const name = String(container["name"]);
    const own = bag(container["securityContext"]);
    const context = { ...podContext, ...own };
    say(context["runAsNonRoot"] !== true, `${name} may run as root`);
    say(context["runAsUser"] === 0, `${name} runs as root`);
    say(
      bag(context["seccompProfile"])["type"] !== "RuntimeDefault",
      `${name} has no seccomp profile`,
    );
    say(own["allowPrivilegeEscalation"] !== false, `${name} may gain privileges`);
    say(own["privileged"] === true, `${name} is privileged`);
    say(own["readOnlyRootFilesystem"] !== true, `${name} can write its root file system`);
    const capabilities = bag(own["capabilities"]);
    say(
      !(capabilities["drop"] as string[] | undefined)?.includes("ALL"),
      `${name} keeps capabilities`,
    );
    say(capabilities["add"] !== undefined, `${name} adds capabilities`);
    const resources = bag(container["resources"]);
    for (const [kind, amount] of [
      ["requests", "cpu"],
      ["requests", "memory"],
      ["limits", "memory"],
    ] as const) {
      say(bag(resources[kind])[amount] === undefined, `${name} has no ${kind}.${amount}`);
    }
    const image = String(container["image"]);
    say(
      !/(:[\w][\w.-]*|@sha256:[0-9a-f]{64})$/.test(image) || image.endsWith(":latest"),
      `${name} runs ${image}`,
    );
  }
  return found;
}

function bag(value: unknown): Bag {
  return (value ?? {}) as Bag;
}

function list(value: unknown): Bag[] {
  return (value ?? []) as Bag[];
}
