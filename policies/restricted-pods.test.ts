import { describe, expect, test } from "vitest";
import {
  containerSecurity,
  plainPod,
  podSecurity,
  users,
} from "../components/foundation/security.ts";
import { restrictedPods } from "./restricted-pods.ts";
import { isUnknown, unknown, violations } from "./testing/ask.ts";
import { object, running } from "./testing/objects.ts";

const pod = { ...plainPod, securityContext: podSecurity(users.own) };
const server = (container: object = {}, more: object = {}) =>
  object("Deployment", "it", {
    spec: running({ securityContext: containerSecurity, ...container }, { ...pod, ...more }),
  });
const secured = (change: object) =>
  server({ securityContext: { ...containerSecurity, ...change } });

describe("restricted-pods", () => {
  test("what every pod of ours has passes", async () => {
    expect(await violations(restrictedPods, server())).toEqual([]);
  });

  test.each([
    ["privileged", { privileged: true }, "is privileged"],
    [
      "gaining privileges",
      { allowPrivilegeEscalation: true },
      "needs allowPrivilegeEscalation: false",
    ],
    ["root by its own word", { runAsNonRoot: false }, "needs runAsNonRoot: true"],
    ["user 0", { runAsUser: 0 }, "runs as user 0"],
    [
      "seccomp off",
      { seccompProfile: { type: "Unconfined" } },
      "needs a seccompProfile of type RuntimeDefault",
    ],
    [
      "capabilities kept",
      { capabilities: { drop: ["NET_RAW"] } },
      "needs capabilities.drop: [ALL]",
    ],
    [
      "capabilities added",
      { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } },
      "adds capabilities SYS_ADMIN",
    ],
    ["/proc unmasked", { procMount: "Unmasked" }, "mounts /proc as Unmasked"],
  ])("%s fails", async (_, change, fault) => {
    expect(await violations(restrictedPods, secured(change))).toEqual([
      `container server: ${fault}`,
    ]);
  });

  test("the capability to take a low port passes, as the level has it", async () => {
    const capabilities = { drop: ["ALL"], add: ["NET_BIND_SERVICE"] };
    expect(await violations(restrictedPods, secured({ capabilities }))).toEqual([]);
  });

  test.each([
    [{ hostNetwork: true }, "pod: hostNetwork shares what is the node's; leave it out"],
    [
      { volumes: [{ name: "node", hostPath: { path: "/" } }] },
      "volume node: is a hostPath; use a claim, an emptyDir or a projection",
    ],
  ])("a pod of %j fails", async (more, fault) => {
    expect(await violations(restrictedPods, server({}, more))).toEqual([fault]);
  });

  test("a port of the node fails", async () => {
    const ports = [{ containerPort: 80, hostPort: 80 }];
    expect(await violations(restrictedPods, server({ ports }))).toEqual([
      "container server: takes a port of the node",
    ]);
  });

  test("a pod without any security context fails, each thing it lacks by name", async () => {
    expect(
      await violations(restrictedPods, object("Pod", "it", { spec: { containers: [{}] } })),
    ).toEqual([
      "container without a name: needs allowPrivilegeEscalation: false",
      "container without a name: needs runAsNonRoot: true",
      "container without a name: needs a seccompProfile of type RuntimeDefault",
      "container without a name: needs capabilities.drop: [ALL]",
    ]);
  });

  test("containers that initialise are judged too", async () => {
    const initContainers = [
      { name: "init", securityContext: { ...containerSecurity, privileged: true } },
    ];
    expect(await violations(restrictedPods, server({}, { initContainers }))).toEqual([
      "container init: is privileged",
    ]);
  });

  test("a user that is not known yet is neither passed nor failed", async () => {
    const asked = secured({ runAsUser: unknown.number });
    await expect(violations(restrictedPods, asked)).rejects.toThrow(isUnknown);
  });
});
