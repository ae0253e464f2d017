/**
 * How the conditions at the boundary and at the start are met: as terms of the loss (`soft`), or by construction
 * (`hard`: u = u0 + g N, where g vanishes at the boundary and at the start; `hard.ts`).
 */
export const conditionKinds = ["hard", "soft"] as const;
export type ConditionKind = (typeof conditionKinds)[number];
