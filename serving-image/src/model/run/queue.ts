import {
  AbortedError,
  DeadlineError,
  QueueFullError,
  RunFailedError,
  WorkerLostError,
} from "../errors.ts";
import type { Tensors } from "../model.ts";
import { Alarm } from "./alarm.ts";
import { bucketOf, hasRows, isAlike, joinRows, rowsOf, sliceRows } from "./batch.ts";
import type { BatchRun, Refusal } from "./events.ts";
import type { Executor } from "./executor.ts";
import { Gather, type GatherLimits } from "./gather.ts";

/** Until when an answer is of use, and to whom. */
export interface Terms {
  /** On the clock of `performance.now()`, in milliseconds. */
  deadline?: number | undefined;
  /** Who waits for it. */
  caller?: { readonly isGone: boolean } | undefined;
}

export interface QueueOptions {
  executors: readonly Executor[];
  /** Runs that an executor is given before it has answered; from two on it never waits for the next one. */
  depth: number;
  /** Most rows of one run made of several requests; 1 where a row's answer depends on other rows. */
  maxBatchRows: number;
  /** @default a run starts with what waits when it can start */
  gather?: GatherLimits | undefined;
  /** Most requests that wait. */
  maxQueued: number;
  /** Most rows that wait. */
  maxQueuedRows: number;
  /** Time for a request that brings no deadline, in milliseconds. */
  patienceMs: number;
  onBatch: (run: Omit<BatchRun, "place">) => void;
  onRefused: (refusal: Refusal) => void;
}

interface Job {
  inputs: Tensors;
  outputs: readonly string[];
  rows: number;
  deadline: number;
  caller: Terms["caller"];
  since: number;
  resolve: (outputs: Tensors) => void;
  reject: (error: Error) => void;
}

interface Lane {
  executor: Executor;
  running: number;
  /** Requests of the run that it was given last. */
  requests: number;
}

/**
 * Requests in front of a graph. One that finds it free runs at once; those that come meanwhile wait, and the next run
 * takes as many of them as fit. Nobody waits for a batch to fill; where the last run was shared, the next one lets the
 * requests in that have been sent already.
 */
export class RunQueue {
  readonly #options: QueueOptions;
  readonly #lanes: readonly Lane[];
  /** Runs that executors have not answered. */
  #running = 0;
  #jobs: Job[] = [];
  #rows = 0;
  #rowSeconds = 0;
  #runSeconds = 0;
  /** Requests of the last run that started. */
  #company = 0;
  #arrivals = 0;
  readonly #gather: Gather | undefined;
  /** A deadline is told when it passes, however long the run before it takes. */
  readonly #alarm = new Alarm(() => {
    this.#sweep();
    return this.#jobs.reduce((first, { deadline }) => Math.min(first, deadline), Infinity);
  });
  #onIdle: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#lanes = options.executors.map((executor) => ({ executor, running: 0, requests: 0 }));
    // Where nothing may wait, nothing can be gathered.
    if (options.gather === undefined || options.maxQueued === 0) return;
    this.#gather = new Gather(
      options.gather,
      () => this.#arrivals,
      () => this.#next(),
    );
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#jobs.length;
  }

  /**
   * The outputs for the rows of one request.
   * @throws QueueFullError, DeadlineError, AbortedError where it never ran; RunFailedError or WorkerLostError where it did
   */
  run(inputs: Tensors, outputs: readonly string[], terms: Terms = {}): Promise<Tensors> {
    const rows = rowsOf(inputs);
    const since = performance.now();
    const { deadline = since + this.#options.patienceMs, caller } = terms;
    return new Promise((resolve, reject) => {
      const job: Job = { inputs, outputs, rows, deadline, caller, since, resolve, reject };
      if (this.#dropHopeless(job)) return;
      this.#arrivals++;
      if (this.#jobs.length === 0 && !this.#gathers()) {
        const lane = this.#freeLane(1);
        if (lane !== undefined) return void this.#start(lane, [job]);
      }
      if (this.#isFull(rows)) this.#sweep();
      if (this.#isFull(rows)) this.#next();
      if (this.#isFull(rows)) {
        this.#options.onRefused("queue-full");
        return reject(new QueueFullError(this.#jobs.length, this.#retryAfterSeconds()));
      }
      this.#jobs.push(job);
      this.#rows += rows;
      this.#alarm.wakeAt(deadline);
      this.#proceed();
    });
  }

  /** Closes what runs the graph once nothing runs or waits; resolves then. Whoever comes later is refused by it. */
  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onIdle = () => {
        this.#onIdle = undefined;
        this.#alarm.clear();
        Promise.all(this.#lanes.map(({ executor }) => executor.close())).then(
          () => resolve(),
          reject,
        );
      };
      this.#tellIdle();
    });
  }

  #tellIdle(): void {
    if (this.#jobs.length === 0 && this.#running === 0) this.#onIdle?.();
  }

  /** The lane that has least to do, if a run may be given to it. @param requests that the run would have */
  #freeLane(requests: number): Lane | undefined {
    if (this.#running === this.#lanes.length * this.#options.depth) return undefined;
    let best: Lane | undefined;
    for (const lane of this.#lanes) {
      if (lane.running < (best?.running ?? this.#options.depth)) best = lane;
    }
    if (best === undefined || best.running === 0) return best;
    // It waits behind the run that is going on: smaller than that, others may still join it.
    return requests >= best.requests || this.#rows >= this.#options.maxBatchRows ? best : undefined;
  }

  /** Whether the next run waits for what is being read: where the last one was shared, and nothing runs that all wait for. */
  #gathers(): boolean {
    return (
      this.#gather !== undefined && this.#company > 1 && this.#rows < this.#options.maxBatchRows
    );
  }

  /** Starts what may start, now or once what comes in has come in. */
  #proceed(): void {
    if (!this.#gathers()) this.#next();
    else if (this.#jobs.length > 0 && this.#freeLane(this.#jobs.length) !== undefined) {
      this.#gather?.begin(this.#runSeconds * 1000);
    }
  }

  #isFull(rows: number): boolean {
    const { maxQueued, maxQueuedRows } = this.#options;
    if (this.#jobs.length === 0) return maxQueued === 0;
    return this.#jobs.length >= maxQueued || this.#rows + rows > maxQueuedRows;
  }

  #retryAfterSeconds(): number {
    return Math.min(60, Math.max(1, Math.ceil(this.#rows * this.#rowSeconds)));
  }

  #next(): void {
    this.#gather?.end();
    const freeLane = () => this.#freeLane(this.#jobs.length);
    for (let lane = freeLane(); lane !== undefined; lane = freeLane()) {
      const jobs = this.#take();
      if (jobs.length === 0) break;
      void this.#start(lane, jobs);
    }
    this.#tellIdle();
  }

  /** The first that wait and fit into one run, in the order in which they came. */
  #take(): Job[] {
    const taken: Job[] = [];
    let rows = 0;
    let seen = 0;
    for (const job of this.#jobs) {
      const [first] = taken;
      const fits =
        first === undefined ||
        (rows + job.rows <= this.#options.maxBatchRows && isAlike(first.inputs, job.inputs));
      if (!fits) break;
      seen++;
      if (this.#dropHopeless(job)) continue;
      taken.push(job);
      rows += job.rows;
    }
    for (const job of this.#jobs.splice(0, seen)) this.#rows -= job.rows;
    return taken;
  }

  async #start(lane: Lane, jobs: readonly Job[]): Promise<void> {
    lane.running++;
    this.#running++;
    this.#company = lane.requests = jobs.length;
    try {
      await this.#runTogether(lane.executor, jobs);
    } finally {
      lane.running--;
      this.#running--;
      this.#proceed();
      this.#tellIdle();
    }
  }

  async #runTogether(executor: Executor, jobs: readonly Job[]): Promise<void> {
    const [job, ...others] = jobs;
    if (job === undefined) return;
    if (others.length === 0) return this.#runAlone(executor, job);
    const rows = jobs.reduce((sum, one) => sum + one.rows, 0);
    const begin = performance.now();
    try {
      const inputs = joinRows(
        jobs.map((one) => one.inputs),
        bucketOf(rows),
      );
      const isSame = others.every((one) => one.outputs === job.outputs);
      const names = isSame ? job.outputs : [...new Set(jobs.flatMap((one) => one.outputs))];
      const { outputs, seconds } = await executor.run(inputs, names);
      if (!hasRows(outputs, bucketOf(rows))) throw new RunFailedError("it gave other rows");
      this.#count(jobs, rows, seconds, begin);
      let row = 0;
      for (const one of jobs) {
        one.resolve(sliceRows(outputs, one.outputs, row, row + one.rows));
        row += one.rows;
      }
    } catch (error) {
      // Whose rows the graph cannot take is not known: each is tried by itself, so that one fails and not all.
      if (!(error instanceof WorkerLostError)) {
        for (const one of jobs) await this.#runAlone(executor, one);
      } else for (const one of jobs) one.reject(error);
    }
  }

  async #runAlone(executor: Executor, job: Job): Promise<void> {
    const begin = performance.now();
    try {
      const { outputs, seconds } = await executor.run(job.inputs, job.outputs);
      this.#count([job], job.rows, seconds, begin);
      job.resolve(outputs);
    } catch (error) {
      job.reject(error as Error);
    }
  }

  #count(jobs: readonly Job[], rows: number, runSeconds: number, begin: number): void {
    this.#rowSeconds = runSeconds / Math.max(1, rows);
    this.#runSeconds = runSeconds;
    const waitSeconds = (begin - (jobs[0]?.since ?? begin)) / 1000;
    this.#options.onBatch({ requests: jobs.length, rows, runSeconds, waitSeconds });
  }

  /** Tells a request whose answer is of no use any more; true where it was one. */
  #dropHopeless({ caller, deadline, reject }: Job): boolean {
    const isAborted = caller?.isGone === true;
    if (!isAborted && deadline > performance.now()) return false;
    this.#options.onRefused(isAborted ? "aborted" : "deadline");
    reject(isAborted ? new AbortedError() : new DeadlineError());
    return true;
  }

  #sweep(): void {
    this.#jobs = this.#jobs.filter((job) => {
      const isDropped = this.#dropHopeless(job);
      if (isDropped) this.#rows -= job.rows;
      return !isDropped;
    });
  }
}
