import type { WorkloadDeclaration } from "../../contracts/workload.ts";
import { churn } from "./churn/declaration.ts";
import { digits } from "./digits/declaration.ts";
import { heat } from "./heat/declaration.ts";
import { wine } from "./wine/declaration.ts";

/** What every workload of ours promises. Importing it loads no runtime. */
export const declarations: readonly WorkloadDeclaration[] = [heat, wine, churn, digits];
