/** A name that something else in the stack file, or in a workload's code, does not know. */
export interface ReferenceProblem {
  path: readonly PropertyKey[];
  message: string;
}
