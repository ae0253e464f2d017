import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { withoutPlatform } from "../../embedded/environment.ts";
import { cache } from "../../embedded/paths.ts";
import { cloneProject } from "../clone.ts";

/** Why the machine cannot have the tools, or undefined. */
export function obstacle(): string | undefined {
  const isLinux = process.platform === "linux" && process.arch === "x64";
  return isLinux ? undefined : "not Linux on x64";
}

/** Title of a suite that says why it is skipped, where it is. */
export function suiteTitle(title: string): string {
  const reason = obstacle();
  return reason === undefined ? title : `${title} (needs this platform's tools: ${reason})`;
}

export interface Outcome {
  exitCode: number | undefined;
  /** Both streams, in the order they came. */
  output: string;
}

/** A clone of this checkout in a temporary folder, with state, credentials and plugins of its own. */
export class Checkout {
  readonly folder = join(tmpdir(), `isotherm-preview-${randomUUID()}`, "checkout");
  readonly home = join(this.folder, ".isotherm");

  #exports = "";

  /** Makes the clone and finds or builds the tools, which says what it does: the first time takes a while. */
  async make(): Promise<void> {
    mkdirSync(dirname(this.folder), { mode: 0o700 });
    await cloneProject(this.folder);
    const { stdout } = await execa("node", [this.#bootstrap, "env"], {
      ...this.#options({}),
      stderr: "inherit",
    });
    this.#exports = stdout;
  }

  remove(): void {
    rmSync(dirname(this.folder), { recursive: true, force: true });
  }

  /** Replaces values of a stack file by their full key; what else is in the file stays. */
  configure(stack: string, values: Readonly<Record<string, unknown>>): void {
    const file = join(this.folder, "stacks", `Pulumi.${stack}.yaml`);
    const content = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
    writeFileSync(file, stringify({ ...content, config: { ...content.config, ...values } }));
  }

  /** Runs one of our commands, such as `start`, as npm would, for a home of its own. */
  isotherm(command: string, home: string): Promise<Outcome> {
    return this.#run("node", [this.#bootstrap, command], { ISOTHERM_HOME: home });
  }

  /** Runs a shell line as a user does after `eval "$(npm run -s env)"`. */
  shell(line: string, variables: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.#run("bash", ["-euc", `${this.#exports}\n${line}`], variables);
  }

  /** Types and names of what a stack's state holds. */
  async resources(stack: string): Promise<string[]> {
    const { output } = await this.shell(`pulumi stack export --stack ${stack}`);
    const { deployment } = JSON.parse(output) as { deployment: { resources?: { urn: string }[] } };
    return (deployment.resources ?? []).map(({ urn }) => urn.split("::").slice(2).join("::"));
  }

  /** Whether an instance of the embedded cluster belongs to a home in this folder. */
  hasCluster(): boolean {
    const owners = Array.from(
      { length: 10 },
      (_, index) => `/var/lib/isotherm/${index}/owner.json`,
    );
    return owners.some(
      (file) => existsSync(file) && readFileSync(file, "utf8").includes(dirname(this.folder)),
    );
  }

  get #bootstrap(): string {
    return join(this.folder, "embedded/bootstrap.mjs");
  }

  async #run(
    command: string,
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    const options = { ...this.#options(variables), all: true, reject: false } as const;
    const { exitCode, all } = await execa(command, args, options);
    return { exitCode, output: all };
  }

  /** The user's own backend, passphrase and kubeconfig are no part of this. */
  #options(variables: Readonly<Record<string, string>>) {
    const own = { XDG_CACHE_HOME: dirname(cache), ...variables };
    const env = { ...withoutPlatform(process.env), ...own };
    return { cwd: this.folder, env, extendEnv: false, stdin: "ignore" } as const;
  }
}
