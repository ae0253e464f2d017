import { registrations } from "./index.ts";
import type { Workload } from "./workload.ts";

/** Every workload that the image can train, with its code; `index.ts` has the declarations alone. */
export const workloads: readonly Workload[] = await Promise.all(
  registrations.map((registration) => registration.load()),
);
