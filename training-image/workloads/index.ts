import type { WorkloadDeclaration } from "../../contracts/workload.ts";
import { churn } from "./churn/declaration.ts";
import { digits } from "./digits/declaration.ts";
import { heat } from "./heat/declaration.ts";
import { wine } from "./wine/declaration.ts";
import type { Workload } from "./workload.ts";

/** A workload whose declaration is at hand, and whose code is loaded when something is trained. */
export interface Registration {
  declaration: WorkloadDeclaration;
  load(): Promise<Workload>;
}

/** Every workload that the image can train, a line each. Importing this loads no runtime. */
export const registrations: readonly Registration[] = [
  { declaration: heat, load: async () => (await import("./heat/workload.ts")).heatWorkload },
  { declaration: wine, load: async () => (await import("./wine/workload.ts")).wineWorkload },
  { declaration: churn, load: async () => (await import("./churn/workload.ts")).churnWorkload },
  { declaration: digits, load: async () => (await import("./digits/workload.ts")).digitsWorkload },
];

/** What every workload of ours promises. */
export const declarations: readonly WorkloadDeclaration[] = registrations.map(
  ({ declaration }) => declaration,
);

/** Registers a workload whose declaration and code are in one file. */
export function inOneFile(workload: Workload): Registration {
  return { declaration: workload.declaration, load: async () => workload };
}
