import { createInterface } from "node:readline";
import { execa, type ResultPromise } from "execa";

/** What a process measured over one block of steps, in milliseconds a step. */
export interface BlockTime {
  cpu: number;
  wall: number;
}

/**
 * A process that measures one block of steps whenever it is asked to, and sleeps in between: so several can take
 * turns, and all of them see the same noise of the machine.
 */
export class MeasuringChild {
  readonly #process: ResultPromise<{ stdin: "pipe"; reject: false }>;
  readonly #lines: AsyncIterator<string>;

  private constructor(process: ResultPromise<{ stdin: "pipe"; reject: false }>) {
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
  }

  /**
   * Starts a process on some cores and waits until it has warmed up.
   * @param cores as `taskset -c` takes them
   */
  static async start(
    command: readonly [string, ...string[]],
    settings: unknown,
    cores: string,
  ): Promise<MeasuringChild> {
    const child = new MeasuringChild(
      execa("taskset", ["-c", cores, ...command], { stdin: "pipe", reject: false }),
    );
    await child.ask(settings);
    return child;
  }

  /** Starts a process that needs no settings, wherever the scheduler puts it. */
  static open([file, ...args]: readonly [string, ...string[]]): MeasuringChild {
    return new MeasuringChild(execa(file, args, { stdin: "pipe", reject: false }));
  }

  /** One question to a process of its own. */
  static async once<Answer>(command: readonly [string, ...string[]], question: unknown) {
    const [file, ...args] = command;
    const { stdout } = await execa(file, args, { input: `${JSON.stringify(question)}\n` });
    return JSON.parse(stdout) as Answer;
  }

  async ask<Answer = BlockTime>(question: unknown): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) {
      const { stderr } = await this.#process;
      throw new Error(`a measured process ended: ${stderr.slice(-2_000)}`);
    }
    return JSON.parse(line.value) as Answer;
  }

  async end(): Promise<void> {
    this.#process.stdin.end();
    await this.#process;
  }
}
