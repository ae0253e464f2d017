// Staging against those who go round its stack file: kubectl, another controller, and people without the right to deploy.
// Staging is left as it was. Does not prove the same of a cluster whose authorizer is not RBAC.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shortDigest } from "../../contracts/release.ts";
import { attempt, givingShare, Kubectl, type Outcome } from "./admission.ts";
import { obstacle, shell, stackOutputs, suiteTitle } from "./platform.ts";

const preview = () => attempt("pulumi preview --stack staging --non-interactive --color never");
const up = () => shell("pulumi up --stack staging --yes --skip-preview --non-interactive");
const other = "b".repeat(64);

interface Deployment {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: { template: { spec: { volumes: { name: string; configMap?: { name: string } }[] } } };
  status?: unknown;
}

interface Route {
  metadata: { managedFields: { manager: string; fieldsV1: { "f:spec"?: unknown } }[] };
  spec: { rules: { backendRefs: { weight: number }[] }[] };
}

function expectRefused({ exitCode, output }: Outcome, ...words: string[]): void {
  expect(exitCode).not.toBe(0);
  for (const word of words) expect(output).toContain(word);
}

function expectDone({ exitCode, output }: Outcome): void {
  expect(output).not.toContain("denied");
  expect(exitCode).toBe(0);
}

describe.skipIf(obstacle() !== undefined)(suiteTitle("round the stack file"), () => {
  let kubectl: Kubectl;
  let alice: Kubectl;
  let release: string;
  const hold = (words: string) =>
    shell(`npm run -s hold -- wine --release ${shortDigest(release)} --env staging ${words}`);
  const mayDo = (role: string) =>
    shell(
      `kubectl -n isotherm-staging create rolebinding e2e-${role} --clusterrole=${role} --user=alice`,
    );

  beforeAll(async () => {
    const { namespace, models } = await stackOutputs("staging");
    kubectl = new Kubectl(namespace);
    alice = kubectl.as("alice");
    release = models["wine"]?.release ?? "";
    await mayDo("edit");
  });

  afterAll(async () => {
    await shell("kubectl -n isotherm-staging delete rolebinding e2e-edit e2e-isotherm-deployer");
    await up();
  });

  test("every rule of admission is one that the API server understands", async () => {
    const { items } = await kubectl.read<{
      items: { metadata: { name: string }; status: object }[];
    }>("validatingadmissionpolicies");
    const ours = items.filter(({ metadata }) => metadata.name.startsWith("isotherm-"));
    expect(ours).toHaveLength(3);
    expect(JSON.stringify(ours.map(({ status }) => status))).not.toContain("expressionWarnings");
  });

  test("a slot without an approved release gets no requests, in either route; at weight 0 it may be there", async () => {
    const wayOut = "stacks/Pulumi.staging.yaml";
    expectRefused(
      await kubectl.ask(`patch httproute wine ${givingShare("wine-green", 80, 5)}`),
      "wine-green has no release that this environment approved",
      wayOut,
      "`pulumi up --stack staging`",
    );
    expectRefused(
      await kubectl.ask(`patch grpcroute wine ${givingShare("wine-green", 8081)}`),
      wayOut,
    );
    expectDone(await kubectl.ask(`patch httproute wine ${givingShare("wine-green", 80, 0)}`));
  });

  test("N-02 weights that do not sum to 100 are refused in either route, all zero too, and a route stays its model's", async () => {
    for (const kind of ["httproute", "grpcroute"] as const) {
      for (const weight of [0, 50]) {
        expectRefused(
          await kubectl.setWeight(kind, "wine", weight, "kubectl-edit"),
          `the weights of wine sum to ${weight}, must be 100`,
          "stacks/Pulumi.staging.yaml",
        );
      }
      expectRefused(
        await kubectl.ask(`label ${kind} wine isotherm.dev/model-`),
        "the label isotherm.dev/model of wine stays",
      );
    }
  });

  test("servers of a slot get the approved release alone; a restart and a number are not asked", async () => {
    const annotation = `isotherm.dev/release=${other}`;
    expectRefused(
      await kubectl.ask(`annotate deployment wine-blue --overwrite ${annotation}`),
      "is not the one that this environment approved for wine-blue",
    );
    const blue = await kubectl.read<Deployment>("deployment wine-blue");
    const edited = structuredClone(blue);
    const config = edited.spec.template.spec.volumes.find(({ name }) => name === "config");
    config!.configMap!.name = "wine-blue-0123456789ab-0123456789";
    expectRefused(await kubectl.replace(edited), "another release than the one");

    const { annotations = {} } = blue.metadata;
    const clone = { ...blue, metadata: { name: "mine", annotations }, status: undefined };
    expectRefused(await kubectl.replace(clone, "create"), "only the Deployment of that name");

    expectDone(await kubectl.ask("scale deployment wine-blue --replicas=2"));
    expectDone(await kubectl.ask("set resources deployment wine-blue --limits=memory=300Mi"));
  });

  test("who may edit a namespace, but not approve releases, writes neither the list nor what else decides", async () => {
    for (const line of [
      'patch configmap approved-releases -p \'{"data":{"wine-green":"x"}}\'',
      "delete configmap approved-releases",
      "create configmap wine-blue-0123456789ab-0123456789 --from-literal=a=b",
      "create configmap release-wine-0123456789ab --from-literal=a=b",
      "create configmap hold-wine-0123456789ab --from-literal=by=alice",
    ]) {
      expectRefused(await alice.ask(line), "alice may not write", "isotherm-deployer");
    }
    expectDone(await alice.ask("create configmap mine --from-literal=a=b"));

    await mayDo("isotherm-deployer");
    const holdBy = (name: string) =>
      alice.ask(`create configmap hold-wine-0123456789ab --from-literal=by=${name}`);
    await expect
      .poll(async () => (await holdBy("alice")).exitCode, { timeout: 30_000, interval: 1_000 })
      .toBe(0);
    expectRefused(await holdBy("bob"), "data.by must be alice");
    expectDone(await alice.ask("delete configmap approved-releases"));
  });

  test("a release on hold is refused at preview, with the way out, and by admission; lifted, nothing has changed", async () => {
    expect(await hold('--reason "a test of holds"')).toContain("is on hold in staging");
    expectRefused(
      await preview(),
      "isotherm:models.wine.blue",
      `release "${shortDigest(release)}" is on hold since`,
      '"a test of holds"',
      "--lift",
    );
    await expect
      .poll(
        async () => (await kubectl.setWeight("httproute", "wine", 100, "kubectl-edit")).output,
        {
          timeout: 30_000,
          interval: 1_000,
        },
      )
      .toContain("the release of wine-blue is on hold");

    expect(await hold("--lift")).toContain("is not on hold in staging any more");
    const after = await attempt(
      "pulumi preview --stack staging --non-interactive --expect-no-changes",
    );
    expectDone(after);
  });

  test("weights that somebody else changed are named with who and when, and `up` writes the stack file's again", async () => {
    expectDone(await kubectl.setWeight("httproute", "wine", 50, "kubectl-edit", 50));
    // Not one of those whose fields the provider takes over unasked: without force, this would be a conflict.
    expectDone(await kubectl.setWeight("grpcroute", "wine", 60, "responder", 40));
    const { output } = await preview();
    expect(output).toMatch(/wine: weights were changed by kubectl-edit at \S+Z, to blue 50; /);
    expect(output).toContain("those of the stack file, blue 100");

    await up();
    for (const kind of ["httproute", "grpcroute"]) {
      const { metadata, spec } = await kubectl.read<Route>(`--show-managed-fields ${kind} wine`);
      expect(spec.rules[0]?.backendRefs[0]?.weight).toBe(100);
      const owners = metadata.managedFields.filter(({ fieldsV1 }) => "f:spec" in fieldsV1);
      expect(owners.map(({ manager }) => manager)).toEqual([
        expect.stringMatching(/^pulumi-kubernetes-/),
      ]);
    }
    const again = await attempt(
      "pulumi preview --stack staging --non-interactive --expect-no-changes",
    );
    expect(again.output).not.toContain("were changed by");
    expectDone(again);
  });

  test("servers that somebody else changed are named, and `up` makes them what the stack file says", async () => {
    expectDone(await kubectl.run("set resources deployment wine-blue --limits=memory=300Mi"));
    expect((await preview()).output).toMatch(
      new RegExp(
        `wine: servers of blue were changed by kubectl-set at \\S+Z, and have release ${shortDigest(release)}`,
      ),
    );
    await up();
    const { output } = await kubectl.run(
      "get deployment wine-blue -o jsonpath={..containers[0].resources.limits.memory}",
    );
    expect(output).toBe("256Mi");
  });
});
