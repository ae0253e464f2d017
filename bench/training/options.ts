/** What may be said on the command line of the benches. */
export interface BenchOptions {
  /** Measured blocks of each contestant, where times are compared. */
  rounds: number;
  /** Trainings of each kind, where results are compared. */
  seeds: number;
  /** Parameters of the workload that are not to be at their defaults. */
  set: Readonly<Record<string, number | string>>;
}
