/** How long a run may wait for requests that are on their way in. */
export interface GatherLimits {
  /** What one run costs whatever its rows, in milliseconds: what a request saves that joins instead of running by itself. */
  runMs: number;
  /**
   * Whether the event loop and the runs have one processor between them. Then nothing is idle while requests are read, and
   * a run may wait as long as the last one took.
   */
  isOneProcessor: boolean;
}

/** Turns of the event loop that bring nothing, until it counts as all that was coming. The first is the end of a turn that had begun. */
const quietTurns = 2;

/**
 * Lets the event loop read what clients have sent already before a run starts: of clients that were answered together the
 * first would start a run of its own, and the others wait for it. No timer: it ends with the turns that bring something.
 */
export class Gather {
  readonly #limits: GatherLimits;
  readonly #arrivals: () => number;
  readonly #over: () => void;
  #turn: NodeJS.Immediate | undefined;
  #seen = 0;
  #quiet = 0;
  #end = 0;

  /**
   * @param arrivals counts requests
   * @param over called once nothing more comes, or the time is over
   */
  constructor(limits: GatherLimits, arrivals: () => number, over: () => void) {
    this.#limits = limits;
    this.#arrivals = arrivals;
    this.#over = over;
  }

  /** @param lastRunMs how long the last run took */
  begin(lastRunMs: number): void {
    if (this.#turn !== undefined) return;
    const { runMs, isOneProcessor } = this.#limits;
    this.#seen = this.#arrivals();
    this.#quiet = 0;
    this.#end = performance.now() + (isOneProcessor ? Math.max(runMs, lastRunMs) : runMs);
    this.#turn = setImmediate(this.#look);
  }

  /** Ends it before its time, if it is going on. */
  end(): void {
    clearImmediate(this.#turn);
    this.#turn = undefined;
  }

  readonly #look = (): void => {
    const arrivals = this.#arrivals();
    this.#quiet = arrivals === this.#seen ? this.#quiet + 1 : 0;
    this.#seen = arrivals;
    if (this.#quiet < quietTurns && performance.now() < this.#end) {
      this.#turn = setImmediate(this.#look);
      return;
    }
    this.#turn = undefined;
    this.#over();
  };
}
