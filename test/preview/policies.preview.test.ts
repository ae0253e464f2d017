// That the real CLI runs the policy pack on what a program declares, and what a user then sees. The program is a small
// one of its own, no cluster is asked, and nothing is made: which workloads the platform itself declares is not judged.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Checkout, obstacle, suiteTitle } from "./checkout.ts";

const project = `
name: small
runtime:
  name: nodejs
  options:
    typescript: false
main: index.ts
`;

/** A Deployment of one container, written as in a program. */
function program(container: string): string {
  return `
import { Deployment } from "@pulumi/kubernetes/apps/v1/index.js";
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
`;
}

const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } };
const server = { name: "server", image: "localhost/isotherm/serving:0.1.0", resources };
const sound = JSON.stringify(server);
const latest = JSON.stringify({ ...server, image: "localhost/isotherm/serving:latest" });
const boundless = JSON.stringify({ ...server, resources: { requests: resources.requests } });
const unknown = `{ ...${sound}, image: later }`;

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

  const previewOf = (stack: string, container: string, options = "") => {
    writeFileSync(join(folder, "index.ts"), program(container));
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

  test("a preview of dev warns of a container without a memory limit, and goes on", async () => {
    const { exitCode, output } = await previewOf("dev", boundless);
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
