import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { useEnvironment } from "../../embedded/environment.ts";
import { projectRoot, stackFile } from "../../embedded/paths.ts";
import { type OpenPlace, openPlace } from "../../infra/promotion/open-place.ts";

/** The stack that is measured; it is no part of the project. */
const stack = "bench";
const file = join(projectRoot, stackFile(stack));
const options = ["--stack", stack, "--non-interactive", "--color", "never"];

interface Outputs {
  namespace: string;
  apiKey: string;
  /** Nothing where the stack was never brought up. */
  models?: Record<string, { url: string; release: string }>;
}

/** An environment of its own beside those that are up, with prod's settings but for the models. */
export class BenchEnvironment {
  private constructor() {}

  /**
   * Makes it, empty.
   * @throws Error where a stack file of that name is there
   */
  static async make(): Promise<BenchEnvironment> {
    if (existsSync(file)) {
      throw new Error(
        `${file} is there: \`pulumi destroy --stack ${stack} --remove\` and remove it`,
      );
    }
    await useEnvironment(() => undefined);
    copyFileSync(join(projectRoot, stackFile("prod")), file);
    const environment = new BenchEnvironment();
    environment.edit((config) => {
      config.deleteIn(["isotherm:registry", "protect"]);
      config.deleteIn(["isotherm:models"]);
    });
    await pulumi("stack", "init", stack);
    await environment.up();
    return environment;
  }

  async remove(): Promise<void> {
    await pulumi("destroy", "--yes", "--skip-preview", "--remove", ...options);
    rmSync(file, { force: true });
  }

  /** Changes what its stack file says under `config`. */
  edit(change: (config: Settings) => void): void {
    const document = parseDocument(readFileSync(file, "utf8"));
    change({
      setIn: (path, value) => document.setIn(["config", ...path], value),
      deleteIn: (path) => void document.deleteIn(["config", ...path]),
    });
    writeFileSync(file, document.toString());
  }

  async up(): Promise<void> {
    await pulumi("up", "--yes", "--skip-preview", ...options);
  }

  async preview(): Promise<void> {
    await pulumi("preview", ...options);
  }

  /** What a stack put out; of another one, where it is named. */
  async outputs(of = stack): Promise<Outputs> {
    const text = await pulumi("stack", "output", "--json", "--show-secrets", "--stack", of);
    return JSON.parse(text) as Outputs;
  }

  /** Works on its registry, or on that of another environment on this machine's own cluster. */
  async withPlace<T>(work: (place: OpenPlace) => Promise<T>, of = stack): Promise<T> {
    const place = await openPlace({ environment: of, context: undefined });
    try {
      return await work(place);
    } finally {
      place.close();
    }
  }
}

interface Settings {
  setIn(path: readonly string[], value: unknown): void;
  deleteIn(path: readonly string[]): void;
}

async function pulumi(...words: string[]): Promise<string> {
  return (await execa("pulumi", words, { cwd: projectRoot })).stdout;
}
