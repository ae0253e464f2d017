import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { admittedReleases, FakeCluster } from "../../testing/fake-cluster.ts";

/**
 * A project whose one stack file, prod, gives model wine two slots, beside an API server that admitted blue's release a month
 * before green's. In place of Pulumi is a script that keeps what it is asked for, and ends with $FAILS.
 */
export class ProdProject {
  readonly root = mkdtempSync(join(tmpdir(), "isotherm-promotion-"));
  readonly cluster = new FakeCluster();
  readonly #file = join(this.root, "stacks", "Pulumi.prod.yaml");

  /** What a process in it needs beside its folder. */
  readonly env = {
    PATH: `${join(this.root, "bin")}${delimiter}${process.env["PATH"]}`,
    NO_COLOR: "1",
    HOME: this.root,
    KUBECONFIG: join(this.root, "kubeconfig"),
  };

  async start(): Promise<this> {
    for (const folder of ["stacks", "bin"]) mkdirSync(join(this.root, folder));
    const pulumi = join(this.root, "bin", "pulumi");
    writeFileSync(pulumi, '#!/bin/sh\necho "$@" > asked\nexit ${FAILS:-0}\n');
    chmodSync(pulumi, 0o755);
    this.#git("init");
    await this.cluster.start("prod", this.env.KUBECONFIG);
    return this;
  }

  stop(): void {
    this.cluster.stop();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** As nobody has touched it. */
  reset(): void {
    const [blue, green] = ["2f9c0b71d4aa", "81aa52c09e13"].map((start) => start.padEnd(64, "0"));
    this.cluster.answers = admittedReleases({
      [blue ?? ""]: "2026-01-02T00:00:00.000Z",
      [green ?? ""]: "2026-02-03T00:00:00.000Z",
    });
    this.cluster.asked = [];
    this.write(this.text(90, 10));
    rmSync(join(this.root, "asked"), { force: true });
  }

  /** The stack file with these weights. */
  text(blue: number, green: number): string {
    return `# prod serves what was promoted to it.
config:
  isotherm:role: environment
  isotherm:target: { kind: cluster, context: prod }
  isotherm:models:
    wine:
      blue: { release: "2f9c0b71d4aa", weight: ${blue} } # steady
      green: { release: "81aa52c09e13", from: staging, weight: ${green} }
      gates: [{ metric: accuracy, atLeast: 0.85 }]
`;
  }

  read(): string {
    return readFileSync(this.#file, "utf8");
  }

  write(text: string): void {
    writeFileSync(this.#file, text);
  }

  commit(text: string): void {
    this.write(text);
    this.#git("add", "stacks");
    this.#git("commit", "-m", "an edit");
  }

  /** What Pulumi was asked for; undefined where it was not. */
  asked(): string | undefined {
    const file = join(this.root, "asked");
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  }

  #git(...words: string[]): void {
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...words], {
      cwd: this.root,
      stdio: "ignore",
    });
  }
}
