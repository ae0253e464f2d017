import { type DestinationStream, type Logger, pino, stdTimeFunctions } from "pino";

/** JSON lines with the level by name and the time in UTC. Written at once, so that nothing is lost at an exit. */
export function createLog(
  destination: DestinationStream = pino.destination({ sync: true }),
): Logger {
  return pino(
    {
      base: undefined,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Remembers what is logged, the newest lines where it is a lot, on its way to a destination. */
export class LogMemory implements DestinationStream {
  readonly #destination: DestinationStream;
  readonly #limit: number;
  #lines: string[] = [];

  /** @param limit lines to remember */
  constructor(destination: DestinationStream = pino.destination({ sync: true }), limit = 10_000) {
    this.#destination = destination;
    this.#limit = limit;
  }

  write(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
    this.#destination.write(line);
  }

  /** The lines, each with its line end. */
  text(): string {
    return this.#lines.slice(-this.#limit).join("");
  }
}
