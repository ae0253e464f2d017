import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A container's memory limit around a process: V8 sizes its heaps by it, and takes far more where there is none. */
export class MemoryLimit {
  readonly #folder: string;

  /** @throws Error where this user may make no cgroup of memory */
  constructor(bytes: number) {
    const isV1 = existsSync("/sys/fs/cgroup/memory");
    const root = isV1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    this.#folder = join(root, `isotherm-test-${process.pid}`);
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, isV1 ? "memory.limit_in_bytes" : "memory.max"), `${bytes}`);
  }

  /** Words before a command that start it under the limit. */
  get launcher(): string[] {
    const joins = `echo $$ > ${join(this.#folder, "cgroup.procs")}; exec "$@"`;
    return ["sh", "-c", joins, "sh"];
  }

  /** To be called when its processes have ended. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}
