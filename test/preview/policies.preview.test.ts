// That the real CLI runs the policy pack on what a program declares, and what a user then sees. The program is a small
// one of its own, no cluster is asked, and nothing is made: which workloads the platform itself declares is not judged.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { containerSecurity } from "../../components/foundation/security.ts";
import { release, slot } from "../../policies/testing/releases.ts";
import { Checkout, obstacle, suiteTitle } from "./checkout.ts";

const project = `
name: small
runtime:
  name: nodejs
  options:
    typescript: false
main: index.ts
`;

/** A Deployment of one container, and more, written as in a program. */
function program(container: string, more: string): string {
  return `
import { Deployment } from "@pulumi/kubernetes/apps/v1/index.js";
import { HorizontalPodAutoscaler } from "@pulumi/kubernetes/autoscaling/v2/index.js";
import { ConfigMap, PersistentVolumeClaim, Service } from "@pulumi/kubernetes/core/v1/index.js";
import { RandomString } from "@pulumi/random";

const later = new RandomString("later", { length: 8 }).result;
const labels = { app: "server" };
new Deployment("server", {
  metadata: { namespace: "default" },
  spec: {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [${container}] } },
  },
});
${more}
`;
}

const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } };
const securityContext = {
  ...containerSecurity,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const server = {
  name: "server",
  image: "localhost/isotherm/serving:0.1.0",
  resources,
  securityContext,
};
const sound = JSON.stringify(server);
const latest = JSON.stringify({ ...server, image: "localhost/isotherm/serving:latest" });
const boundless = JSON.stringify({ ...server, resources: { requests: resources.requests } });
const unknown = `{ ...${sound}, image: later }`;

const weak = release({ metrics: { accuracy: 0.8 } });
const tampered = release({}, { "manifest.json": weak.data["manifest.json"] });
const gates = { wine: { gates: [{ metric: "accuracy", atLeast: 0.85 }] } };

/** One fault of each kind, each with what a preview of prod is to say of it. */
const faults = [
  [
    `new ConfigMap("weak", ${JSON.stringify(weak.asked.props)});`,
    "release-gates  (kubernetes:core/v1:ConfigMap: weak)",
    "gates 0/1: accuracy 0.8 is not >= 0.85",
  ],
  [
    `new ConfigMap("tampered", ${JSON.stringify(tampered.asked.props)});`,
    "release-digest  (kubernetes:core/v1:ConfigMap: tampered)",
    `the stored manifest has digest ${weak.digest.slice(0, 12)}`,
  ],
  [
    `new Service("door", { metadata: { namespace: "default", name: "door" }, spec: { type: "NodePort" } });`,
    "no-public-service  (kubernetes:core/v1:Service: door)",
    "Service default/door: is a NodePort",
  ],
  [
    `new PersistentVolumeClaim("data", { metadata: { namespace: "default" } });`,
    "protected-data  (kubernetes:core/v1:PersistentVolumeClaim: data)",
    "PersistentVolumeClaim data: keeps data and is not protected",
  ],
  [
    `new Deployment("fixed", { metadata: { namespace: "default", name: "fixed" }, spec: { replicas: 2, selector: {}, template: {} } });
new HorizontalPodAutoscaler("scaler", { metadata: { namespace: "default" }, spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "fixed" } } });`,
    "autoscaled-replicas",
    "sets replicas, which",
  ],
] as const;

/** Servers of a release that nobody declared: a fault that only the whole stack shows. */
const undeclared = slot("blue", weak.digest)
  .slice(0, 1)
  .map(({ props }) => `new ConfigMap("config", ${JSON.stringify(props)});`)
  .join("\n");

describe.skipIf(obstacle() !== undefined)(suiteTitle("with the policy pack"), () => {
  const checkout = new Checkout();
  const folder = join(checkout.folder, "small");

  beforeAll(async () => {
    await checkout.make();
    mkdirSync(folder);
    writeFileSync(join(folder, "Pulumi.yaml"), project);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    for (const stack of ["dev", "prod"]) {
      const { output } = await checkout.shell(`pulumi -C small stack init ${stack}`);
      expect(output).toContain("Created stack");
    }
  });

  afterAll(() => checkout.remove());

  const previewOf = (stack: string, container: string, options = "", more = "") => {
    writeFileSync(join(folder, "index.ts"), program(container, more));
    const pack = "--policy-pack ../policies --non-interactive --color never";
    return checkout.shell(`pulumi -C small preview --stack ${stack} ${pack} ${options}`);
  };

  test("a preview says that a sound workload keeps to the pack", async () => {
    const { exitCode, output } = await previewOf("prod", sound);
    expect(output).toMatch(/Policies:\s+✅ isotherm@v0\.2\.0/);
    expect(output).toContain("3 to create");
    expect(exitCode).toBe(0);
  });

  test("a preview of prod refuses an image that is latest, and names the container", async () => {
    const { exitCode, output } = await previewOf("prod", latest);
    expect(output).toContain(
      "[mandatory]  no-latest-image  (kubernetes:apps/v1:Deployment: server)",
    );
    expect(output).toContain(
      "container server: image localhost/isotherm/serving:latest is latest; give it a version or a digest",
    );
    expect(output).not.toContain("requests-and-limits");
    expect(exitCode).not.toBe(0);
  });

  test("a preview of prod refuses a release, a Service, a claim and replicas, each by its policy", async () => {
    const values = JSON.stringify(gates);
    const { output: set } = await checkout.shell(
      `pulumi -C small config set --stack prod isotherm:models '${values}'`,
    );
    expect(set).toBe("");
    const more = faults.map(([code]) => code).join("\n");
    const { exitCode, output } = await previewOf("prod", sound, "", more);
    for (const [, policy, message] of faults) {
      expect(output).toContain(`[mandatory]  ${policy}`);
      expect(output).toContain(message);
    }
    expect(exitCode).not.toBe(0);
  });

  test("a preview of dev warns of a container without a memory limit, and of servers of an undeclared release", async () => {
    const { exitCode, output } = await previewOf("dev", boundless, "", undeclared);
    expect(output).toContain("[advisory]  served-releases");
    expect(output).toContain(
      `wine, slot blue, release ${weak.digest.slice(0, 12)}: the stack declares no such release`,
    );
    expect(output).toContain(
      "[advisory]  requests-and-limits  (kubernetes:apps/v1:Deployment: server)",
    );
    expect(output).toContain("container server: has no resources.limits.memory");
    expect(output).not.toContain("no-latest-image");
    expect(exitCode).toBe(0);
  });

  test("the pack's config makes a policy mandatory on dev too", async () => {
    writeFileSync(join(folder, "strict.json"), JSON.stringify({ all: "mandatory" }));
    const { exitCode, output } = await previewOf(
      "dev",
      boundless,
      "--policy-pack-config strict.json",
    );
    expect(output).toContain("[mandatory]  requests-and-limits");
    expect(exitCode).not.toBe(0);
  });

  test("an image that only the update makes known is not judged, and the preview says so", async () => {
    const { exitCode, output } = await previewOf("prod", unknown);
    expect(output).toContain("[advisory]  no-latest-image");
    expect(output).toContain(
      "string value at .spec.template.spec.containers.0.image can't be known during preview",
    );
    expect(exitCode).toBe(0);
  });
});
