import type { Clause } from "../clause.ts";
import { binaryErrors } from "./binary-errors.ts";
import { binary } from "./binary.ts";
import { errors } from "./errors.ts";
import { health } from "./health.ts";
import { inference } from "./inference.ts";
import { metadata } from "./metadata.ts";
import { tensorData } from "./tensor-data.ts";

/** Every clause, in the order of the specification. */
export const clauses: readonly Clause[] = [
  ...health,
  ...metadata,
  ...inference,
  ...tensorData,
  ...errors,
  ...binary,
  ...binaryErrors,
];
