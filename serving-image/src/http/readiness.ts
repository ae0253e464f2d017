import type { LoadReason } from "../model/errors.ts";

export interface Reason {
  /** Absent where the reason is the server's own. */
  model?: string;
  reason: LoadReason | "draining" | "no-model-configured";
  message: string;
}

export interface Readiness {
  isReady: boolean;
  /** Why not; where ready, what of a newer configuration does not load. */
  reasons: readonly Reason[];
}

/** Status and body of the readiness routes. */
export function readinessAnswer({ isReady, reasons }: Readiness): {
  status: number;
  body: Record<string, unknown>;
} {
  if (!isReady) return { status: 503, body: { status: "not ready", reasons } };
  return {
    status: 200,
    body: { status: "ok", ...(reasons.length > 0 ? { pending: reasons } : {}) },
  };
}
