import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sha256Hex } from "../../contracts/canonical.ts";
import { buckets } from "../../contracts/names.ts";
import type { ServedModel, ServingConfig } from "../../contracts/serving-config.ts";
import { settledWithin } from "../src/settled-within.ts";
import { credentials } from "./toy-release.ts";

/** Shorter than a test may take, so that the reason is told. */
const patienceMs = 40_000;

/** What the image sets, as far as it changes how a server runs. */
export const imageEnvironment = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "1048576",
} as const;

export const apiKey = "a key of a caller";

export interface ServerOptions {
  objects: string;
  models: ServedModel[];
  environment?: string;
  /** What else the mounted configuration says, such as the slot (blue where it says none). */
  config?: Partial<ServingConfig>;
  /** Variables beside the usual ones; undefined takes one away. */
  variables?: Record<string, string | undefined>;
  /** Content of the file of digests. @default the digest of `apiKey` */
  keys?: string;
  /** Program to run. @default the server's source */
  program?: string;
  /** Command that starts Node in its own place, such as `taskset` with its arguments. */
  launcher?: string[];
}

export interface Answer {
  status: number;
  headers: Headers;
  // Answers are looked at by matchers only.
  body: unknown;
}

/** A server in a process of its own, with its files mounted as a kubelet does it: behind symlinks that are swapped. */
export class ServerProcess {
  /** Lines of its log. */
  readonly lines: Record<string, unknown>[] = [];
  output = "";
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #options: ServerOptions;
  readonly #closed: Promise<number | null>;
  #swaps = 0;

  private constructor(child: ChildProcess, folder: string, options: ServerOptions) {
    this.#child = child;
    this.#folder = folder;
    this.#options = options;
    let rest = "";
    const take = (chunk: Buffer) => {
      this.output += chunk.toString();
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) if (line.startsWith("{")) this.lines.push(JSON.parse(line));
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    this.#closed = new Promise((resolve) => child.on("close", resolve));
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const folder = await mkdtemp(path.join(tmpdir(), "isotherm-serving-"));
    await mountFile(folder, "api-keys", 0, options.keys ?? `${sha256Hex(apiKey)}\n`);
    await mountFile(folder, "serving.json", 0, JSON.stringify(configOf(options, options.models)));
    const program = options.program ?? path.join(import.meta.dirname, "../main.ts");
    const [file = process.execPath, ...args] = [
      ...(options.launcher ?? []),
      process.execPath,
      // As the image starts it.
      "--v8-pool-size=1",
      program,
    ];
    const child = spawn(file, args, {
      env: {
        PATH: process.env["PATH"],
        ISOTHERM_CONFIG: path.join(folder, "serving.json"),
        ISOTHERM_API_KEYS: path.join(folder, "api-keys"),
        ISOTHERM_PORT: "0",
        ISOTHERM_GRPC_PORT: "0",
        ISOTHERM_METRICS_PORT: "0",
        ISOTHERM_DRAIN_SECONDS: "0",
        ISOTHERM_WATCH_MILLISECONDS: "50",
        ISOTHERM_IMAGE: "localhost/isotherm/serving:test",
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...imageEnvironment,
        ...options.variables,
      },
    });
    return new ServerProcess(child, folder, options);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async url(kind: "port" | "grpcPort" | "metricsPort" = "port"): Promise<string> {
    const line = await this.until(() => this.lines.find((entry) => entry["port"] !== undefined));
    return `http://127.0.0.1:${line[kind]}`;
  }

  /** Tries until there is something; ends the wait with the server's log where it never comes. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < 1_500; tries++) {
      const found = await look();
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`it never came:\n${this.output}`);
  }

  async ready(): Promise<this> {
    const url = await this.url();
    await this.until(async () => ((await fetch(`${url}/health/ready`)).ok ? true : undefined));
    return this;
  }

  async get(route: string, headers: Record<string, string> = {}): Promise<Answer> {
    return answer(await fetch(`${await this.url()}${route}`, { headers }));
  }

  async post(
    route: string,
    body: unknown,
    headers: Record<string, string> = { "x-api-key": apiKey },
  ): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return answer(
      await fetch(`${await this.url()}${route}`, { method: "POST", body: text, headers }),
    );
  }

  async metrics(): Promise<string> {
    return (await fetch(`${await this.url("metricsPort")}/metrics`)).text();
  }

  /** Exit status. Ends the wait with the server's log where it lives on: the log tells how far its end got. */
  get exited(): Promise<number | null> {
    return settledWithin(this.#closed, patienceMs).then((isOver) => {
      if (isOver) return this.#closed;
      throw new Error(`it lives on after ${patienceMs / 1_000} s:\n${this.output}`);
    });
  }

  /** Puts another mounted configuration in place. */
  async mount(models: ServedModel[] | string): Promise<void> {
    const text =
      typeof models === "string" ? models : JSON.stringify(configOf(this.#options, models));
    await mountFile(this.#folder, "serving.json", ++this.#swaps, text);
  }

  /** Puts another file of digests in place. */
  async mountKeys(text: string): Promise<void> {
    await mountFile(this.#folder, "api-keys", ++this.#swaps, text);
  }

  terminate(): void {
    this.#child.kill("SIGTERM");
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

function configOf(options: ServerOptions, models: ServedModel[]): ServingConfig {
  return {
    schema: "isotherm.dev/serving-config/v1",
    environment: options.environment ?? "dev",
    slot: "blue",
    objects: { endpoint: options.objects, region: "us-east-1", bucket: buckets.releases },
    models,
    ...options.config,
  };
}

/** `<name>` -> `..<name>` -> a new file; only `..<name>` changes. */
async function mountFile(folder: string, name: string, swap: number, text: string): Promise<void> {
  const content = `..${name}.${swap}`;
  await writeFile(path.join(folder, content), text);
  await symlink(content, path.join(folder, `..${name}.next`));
  await rename(path.join(folder, `..${name}.next`), path.join(folder, `..${name}`));
  if (swap === 0) await symlink(`..${name}`, path.join(folder, name));
}
