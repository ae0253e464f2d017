/** What stands in the way of an embedded cluster, with the way on. */
export interface Problem {
  /** Stable name, for callers that react to one kind. */
  readonly code:
    | "not-linux"
    | "not-x64"
    | "other-suite"
    | "not-root"
    | "missing-capability"
    | "missing-filesystem"
    | "missing-cgroup"
    | "missing-tool"
    | "disk-space"
    | "memory";
  readonly message: string;
  readonly fix: string;
}

/** The cluster cannot be started, stopped or used; the message says why and what to do. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly code: "machine" | "addresses" | "part" | "timeout" | "image";
  readonly problems: readonly Problem[];

  constructor(code: ClusterError["code"], message: string, problems: readonly Problem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}

/** One error that lists every problem of the machine. */
export function machineError(problems: readonly Problem[]): ClusterError {
  const lines = problems.map((problem) => `  - ${problem.message}: ${problem.fix}`);
  return new ClusterError(
    "machine",
    `the embedded cluster cannot run on this machine\n${lines.join("\n")}`,
    problems,
  );
}
