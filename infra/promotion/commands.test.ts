import { describe, expect, it, vi } from "vitest";
import {
  listCommand,
  promoteCommand,
  rampCommand,
  rollbackCommand,
  type RollbackCommandOptions,
  syncCommand,
} from "./commands.ts";
import { inProdProject } from "./testing/in-prod-project.ts";

/** The commands in this process, in a project of their own. Does not prove that the tunnels to a registry open. */
const { project, said } = inProdProject();
const { text } = project;

// The first one waits for the program's config to be loaded, which a busy machine takes its time for.
describe("rollback", { timeout: 300_000 }, () => {
  const back = (options: Partial<RollbackCommandOptions> = {}) =>
    rollbackCommand("wine", { env: "prod", ...options });

  it("N-03 shows the edit, makes it and applies it", async () => {
    await back();
    const all = said.join("\n");
    expect(all).toContain(
      "wine: from green, release 81aa52c09e13 to blue, release 2f9c0b71d4aa: the environment admitted it first",
    );
    expect(all).toContain("wine: blue 90 -> 100 %; green 10 -> 0 %");
    expect(all).toContain('-      blue: { release: "2f9c0b71d4aa", weight: 90 } # steady');
    expect(all).toContain('+      blue: { release: "2f9c0b71d4aa", weight: 100 } # steady');
    expect(said.at(-1)).toBe("\nstacks/Pulumi.prod.yaml is to be committed");
    expect(project.read()).toBe(text(100, 0));
    expect(project.asked()).toBe("up --stack prod --yes\n");
  });

  it("N-03 made twice edits nothing, says what `--to` would do, and has the cluster follow all the same", async () => {
    project.write(text(100, 0));
    await back();
    expect(said.slice(0, 2)).toEqual([
      "wine: blue, release 2f9c0b71d4aa, has all requests: the environment admitted it first; " +
        "`--to green` gives them to green, release 81aa52c09e13",
      "stacks/Pulumi.prod.yaml says so already",
    ]);
    expect(project.asked()).toBe("up --stack prod --yes\n");
  });

  it("goes back from 100 % of a promotion that nobody committed: the cluster knows what it admitted first", async () => {
    project.write(text(0, 100));
    await back({ apply: false });
    expect(said.join("\n")).toContain("wine: blue 0 -> 100 %; green 100 -> 0 %");
    expect(said.at(-1)).toContain("stacks/Pulumi.prod.yaml is written. Next: pulumi preview");
    expect(project.read()).toBe(text(100, 0));
    expect(project.asked()).toBeUndefined();
  });

  it("asks git where the cluster cannot be asked, and a person where git does not say either", async () => {
    vi.stubEnv("KUBECONFIG", "");
    project.write(text(0, 100));
    await expect(back()).rejects.toThrow(
      "which release served first, 2f9c0b71d4aa in blue or 81aa52c09e13 in green? Neither what the cluster admitted nor " +
        "the commits of the stack file say so: say `--to blue` or `--to green`",
    );
    expect(said[0]).toContain(
      'not asked what it admitted first, nor for holds: no kube context is called "prod"',
    );
    expect(project.read()).toBe(text(0, 100));

    project.commit(text(100, 0));
    project.commit(text(0, 100));
    await back({ apply: false });
    expect(said.join("\n")).toContain(
      "by the commits of stacks/Pulumi.prod.yaml it had requests first",
    );
    expect(project.read()).toBe(text(100, 0));
  });

  it("T-11 is refused where there is a floor and the cluster cannot be asked", async () => {
    vi.stubEnv("KUBECONFIG", "");
    const floor = `${text(90, 10)}      floor: "2f9c0b71d4aa"\n`;
    project.write(floor);
    await expect(back()).rejects.toThrow('no kube context is called "prod"');
    expect(project.read()).toBe(floor);
  });

  it("as a dry run writes nothing and applies nothing", async () => {
    await back({ dryRun: true });
    expect(said.at(-1)).toBe("\nnot written, as this is a dry run");
    expect(project.read()).toBe(text(90, 10));
    expect(project.asked()).toBeUndefined();
  });

  it("says that the edit is made where `pulumi up` fails, and how to go on", async () => {
    vi.stubEnv("FAILS", "7");
    await expect(back()).rejects.toThrow(
      "`pulumi up --stack prod --yes` ended with code 7. stacks/Pulumi.prod.yaml says what is wanted: " +
        "run it again when nothing stands against it any more",
    );
    expect(project.read()).toBe(text(100, 0));
  });

  it("is refused before anything is asked where there is no such stack file or model", async () => {
    await expect(back({ env: "qa" })).rejects.toThrow("there is no stacks/Pulumi.qa.yaml");
    await expect(rollbackCommand("churn", { env: "prod" })).rejects.toThrow(
      'isotherm:models has no model "churn"; there is wine',
    );
    expect(project.cluster.asked).toEqual([]);
  });
});

describe("bad input", () => {
  const prod = { to: "prod", compare: true };
  it.each<[string, () => Promise<void>, string]>([
    [
      "a model that the stack file does not have",
      () => promoteCommand("churn", prod),
      'has no model "churn"; there is wine',
    ],
    [
      "a source without a stack file",
      () => promoteCommand("wine", prod),
      "there is no stacks/Pulumi.staging.yaml: an environment is called by the name of its stack",
    ],
    [
      "the target as the source",
      () => promoteCommand("wine", { ...prod, from: "prod" }),
      "--from: prod is where it is to go",
    ],
    [
      "a ramp of a model that has none",
      () => rampCommand("wine", { env: "prod" }),
      "stacks/Pulumi.prod.yaml: wine has no `ramp`: write one, such as { weights: [10, 50, 100], bake: 1h }",
    ],
    [
      "another environment",
      () => syncCommand({ stack: "qa" }),
      "there is no stacks/Pulumi.qa.yaml",
    ],
    [
      "an environment without a registry",
      () => listCommand({ stack: "prod", limit: 1 }),
      "run `pulumi up` for that environment first",
    ],
  ])("%s is refused, with the way out, and nothing is written", async (_, run, message) => {
    await expect(run()).rejects.toThrow(message);
    expect(project.read()).toBe(text(90, 10));
    expect(project.asked()).toBeUndefined();
  });
});
