/** What may be said on the command line of the benches. */
export interface BenchOptions {
  /** Measured blocks of each contestant, where times are compared. */
  rounds: number;
  /** Trainings of each kind, where results are compared. */
  seeds: number;
  /** Parameters of the workload that are not to be at their defaults. */
  set: Readonly<Record<string, number | string>>;
  /** Trainings that one call of a long bench makes at most; the next call goes on. */
  atMost: number;
  /** Trainings at a time. */
  jobs: number;
  /** Whether what earlier calls found is forgotten. */
  fresh: boolean;
}
