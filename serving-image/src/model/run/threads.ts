/** How a model that runs in workers uses the processors of its container. */
export interface ThreadPlan {
  /** Workers, each with the whole graph in memory. */
  workers: number;
  /** Threads of one run. */
  threads: number;
}

/** A run of a matrix product gains little from more threads than these. */
const mostThreads = 8;

/**
 * One worker with all processors, which answers a single request soonest and holds the weights once; more workers only
 * where there are more processors than a run can use.
 * @param cpus whole processors that the container may use
 */
export function threadPlan(cpus: number): ThreadPlan {
  const workers = Math.max(1, Math.floor(cpus / mostThreads));
  return { workers, threads: Math.max(1, Math.floor(cpus / workers)) };
}
