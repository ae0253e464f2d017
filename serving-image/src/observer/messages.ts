import type { ServingConfig } from "../../../contracts/serving-config.ts";
import type { LossReason } from "../audit/log-writer.ts";
import type { Feedback } from "../inference.ts";
import type { ObservedModel } from "./answers.ts";
import type { SheetData } from "./sheet.ts";

/** What the thread is given when it starts. */
export interface ThreadData {
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** To the thread that observes. */
export type ToThread =
  | { kind: "configure"; config: ServingConfig }
  | { kind: "model"; model: ObservedModel }
  | { kind: "forget"; key: number }
  | { kind: "sheet"; key: number; data: SheetData; bytes: number }
  /** Answers that the thread was too busy to be told about. */
  | { kind: "lost"; key: number; answers: number; reason: LossReason }
  | { kind: "feedback"; feedback: Feedback }
  | { kind: "drain"; limitMs: number };

/** What the thread counted, to be added up or shown. `key` names a loaded release. */
export type Reading =
  | { of: "audit-written"; model: string; count: number }
  | { of: "audit-lost"; model: string; reason: string; count: number }
  | { of: "audit-waiting"; count: number }
  | { of: "events-sent"; count: number }
  | { of: "events-lost"; reason: string; count: number }
  | { of: "feedback"; model: string; result: FeedbackResult; count: number }
  | { of: "quality"; key: number; quality: Quality }
  | { of: "out-of-range"; key: number; feature: string; count: number }
  | { of: "not-finite"; key: number; count: number }
  | { of: "physics"; key: number; values: PhysicsValues };

/** Of a label: whether its answer was known, had been labelled already, or had another number of rows. */
export type FeedbackResult = "joined" | "unknown-request" | "repeated" | "mismatch";

/** Over the newest labelled rows of one release. */
export interface Quality {
  rows: number;
  /** Classification. */
  accuracy?: number;
  /** Regression: mean absolute error. */
  error?: number;
}

/** Sampled rows held against the physics: sizes of violations, and how many rows there was no time for. */
export interface PhysicsValues {
  residual: number[];
  boundary: number[];
  initial: number[];
  skipped: number;
}

/** From the thread. */
export type FromThread =
  | { kind: "taken"; bytes: number }
  | { kind: "readings"; readings: Reading[] }
  /** Something of this name does not work, or works again where there is no message. */
  | { kind: "trouble"; what: "audit" | "events" | "physics"; message?: string };
