import { MlflowError } from "../../contracts/mlflow.ts";
import { ObjectStoreError } from "../../contracts/object-store.ts";
import { ExecutionProviderError } from "../engine/execution-provider.ts";
import { BadInputError } from "../workloads/errors.ts";

/** Exit codes of the training image. A Job may stop retrying at `badInput`: the next try would end the same. */
export const exitCodes = { ok: 0, other: 1, badInput: 2 } as const;

export function exitCodeOf(error: unknown): number {
  if (error instanceof BadInputError || error instanceof ExecutionProviderError)
    return exitCodes.badInput;
  const refused = error instanceof ObjectStoreError || error instanceof MlflowError;
  return refused && (error.status === 401 || error.status === 403)
    ? exitCodes.badInput
    : exitCodes.other;
}
