import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { execa, type ResultPromise } from "execa";
import type { Answer, LoadJob } from "./job.ts";

const program = fileURLToPath(new URL("./generate.ts", import.meta.url));

/** Steady load from a process of its own. */
export class Load {
  /** In the order in which they ended. */
  readonly answers: Answer[] = [];
  readonly #process: ResultPromise<{ stdin: "pipe"; buffer: false; stderr: "inherit" }>;
  readonly #read: Promise<void>;

  constructor(job: LoadJob) {
    this.#process = execa(process.execPath, [program], {
      stdin: "pipe",
      buffer: false,
      stderr: "inherit",
    });
    this.#process.stdin.write(`${JSON.stringify(job)}\n`);
    this.#read = this.#collect();
  }

  /** Sends no more, waits for what is on its way, and gives all answers. */
  async stop(): Promise<readonly Answer[]> {
    this.#process.stdin.end();
    await Promise.all([this.#read, this.#process]);
    return this.answers;
  }

  async #collect(): Promise<void> {
    for await (const line of createInterface({ input: this.#process.stdout })) {
      this.answers.push(JSON.parse(line) as Answer);
    }
  }
}
