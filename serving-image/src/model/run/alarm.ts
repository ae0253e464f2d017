/** Node's timers hold no more than 2^31 ms. */
const longestTimerMs = 2 ** 31 - 1;

/** One timer for the first of many deadlines. */
export class Alarm {
  readonly #ring: () => number;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;

  /** @param ring called when the first deadline has passed; tells the next one, or Infinity */
  constructor(ring: () => number) {
    this.#ring = ring;
  }

  /** @param deadline on the clock of `performance.now()`, in milliseconds */
  wakeAt(deadline: number): void {
    if (deadline >= this.#at) return;
    this.clear();
    this.#at = deadline;
    const wait = Math.min(longestTimerMs, Math.max(1, Math.ceil(deadline - performance.now())));
    this.#timer = setTimeout(() => {
      this.#at = Infinity;
      this.wakeAt(this.#ring());
    }, wait).unref();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#at = Infinity;
  }
}
