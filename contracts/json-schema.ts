import { mkdirSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { AuditCounts, AuditRecord, FeedbackRecord } from "./audit-record.ts";
import { BackupList, BackupPoint } from "./backup.ts";
import { DriftBaseline } from "./baseline.ts";
import { Comparison } from "./comparison.ts";
import { DataSetManifest } from "./data-set.ts";
import { DriftResult } from "./drift.ts";
import { Evidence } from "./evidence.ts";
import { Gate } from "./gates.ts";
import { Hold } from "./hold.ts";
import { LedgerStatement } from "./ledger.ts";
import { ModelContract } from "./model-contract.ts";
import { BatchQuestion, Predictions } from "./predictions.ts";
import { ReleaseManifest } from "./release.ts";
import { ServingConfig } from "./serving-config.ts";
import { ShadowResult } from "./shadow.ts";
import { SweepStudy } from "./sweep.ts";
import { TrainingRun } from "./training-run.ts";

const schemas = {
  "model-contract.v1": ModelContract,
  "evidence.v1": Evidence,
  "drift-baseline.v1": DriftBaseline,
  "release.v1": ReleaseManifest,
  "audit-record.v1": AuditRecord,
  "audit-counts.v1": AuditCounts,
  "feedback-record.v1": FeedbackRecord,
  "drift.v1": DriftResult,
  "shadow.v1": ShadowResult,
  "gate.v1": Gate,
  "hold.v1": Hold,
  "serving-config.v1": ServingConfig,
  "training-run.v1": TrainingRun,
  "sweep.v1": SweepStudy,
  "data-set.v1": DataSetManifest,
  "comparison.v1": Comparison,
  "batch-question.v1": BatchQuestion,
  "predictions.v1": Predictions,
  "ledger-entry.v1": LedgerStatement,
  "backup.v1": BackupPoint,
  "backup-list.v1": BackupList,
};

/** JSON Schema (2020-12) text of every contract, by file name: for those who speak to us from other languages. */
export function jsonSchemas(): Map<string, string> {
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema, { io: "input" }), null, 2)}\n`,
    ]),
  );
}

if (import.meta.main) {
  const folder = new URL("../docs/schemas/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of jsonSchemas()) writeFileSync(new URL(file, folder), text);
}
