/** A barrier was given up: somebody it waits for will never come. */
export class BrokenBarrierError extends Error {
  constructor() {
    super("a thread that others wait for has ended");
    this.name = "BrokenBarrierError";
  }
}

/** Where each number lies in the memory that a barrier's threads share. */
const arrivedAt = 0;
const roundAt = 1;
const brokenAt = 2;

/** Looks before a thread goes to sleep: waking it costs about as much as a small network's step. */
const looks = 2_000;

/**
 * Threads wait here until all of them have come. What one wrote to shared memory before, all read afterwards.
 */
export class Barrier {
  readonly #numbers: Int32Array<SharedArrayBuffer>;
  readonly #threads: number;

  /** @param memory what `Barrier.memory` made, the same for all threads */
  constructor(memory: SharedArrayBuffer, threads: number) {
    this.#numbers = new Int32Array(memory);
    this.#threads = threads;
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Blocks the thread. @throws BrokenBarrierError where the barrier is or gets broken */
  wait(): void {
    const numbers = this.#numbers;
    const round = Atomics.load(numbers, roundAt);
    this.#requireWhole();
    if (Atomics.add(numbers, arrivedAt, 1) === this.#threads - 1) {
      Atomics.store(numbers, arrivedAt, 0);
      Atomics.add(numbers, roundAt, 1);
      Atomics.notify(numbers, roundAt);
    } else {
      for (let look = 0; look < looks && Atomics.load(numbers, roundAt) === round; look++);
      while (Atomics.load(numbers, roundAt) === round) Atomics.wait(numbers, roundAt, round);
    }
    this.#requireWhole();
  }

  /** Sends everybody away who waits or will wait. */
  break(): void {
    Atomics.store(this.#numbers, brokenAt, 1);
    Atomics.add(this.#numbers, roundAt, 1);
    Atomics.notify(this.#numbers, roundAt);
  }

  #requireWhole(): void {
    if (Atomics.load(this.#numbers, brokenAt) !== 0) throw new BrokenBarrierError();
  }
}
