import type { Logger } from "pino";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { dataSetDigest, type DataSetManifest } from "../../contracts/data-set.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { BatchQuestion, type PredictionPart, Predictions } from "../../contracts/predictions.ts";
import { DataSetStore } from "../data/data-set-store.ts";
import { readTable, type Row } from "../data/read-table.ts";
import type { Session } from "../engine/session.ts";
import type { Progress } from "../run/progress.ts";
import { answers } from "../score/answers.ts";
import { type OpenRelease, openRelease } from "../score/open-release.ts";
import { withSession } from "../score/score.ts";
import { BadInputError } from "../workloads/errors.ts";
import { writePart } from "./write-part.ts";

export interface BatchOptions {
  objects: ObjectStore;
  bucket: string;
  /** Digest, or its first digits. */
  release: string;
  /** `name@version`, of tables. */
  dataSet: string;
  format: BatchQuestion["format"];
  rowsPerPart: number;
  keep: readonly string[];
  /** Below `predictions/`. @default `<model>/<digest of the question>` */
  out?: string | undefined;
  signal: AbortSignal;
  log: Logger;
  progress: Progress;
}

export interface BatchOutcome {
  /** Where the manifest lies in the bucket. */
  key: string;
  predictions: Predictions;
}

/**
 * Predictions for every row of a data set, in parts, with a manifest at the end (SPEC B-01). Stopped anywhere and asked
 * again, it goes on after the parts that are there; asked again when it is done, it gives what there is.
 * @throws BadInputError where the data do not fit the model, or `out` holds the answer to another question
 */
export async function batchInfer(options: BatchOptions): Promise<BatchOutcome> {
  const { objects, bucket, format, rowsPerPart, log, progress } = options;
  const release = await openRelease(objects, bucket, options.release);
  const store = new DataSetStore(objects, bucket);
  const manifest = await store.manifest(options.dataSet);
  const { name, version, rows } = manifest;
  const question = BatchQuestion.parse({
    schema: "isotherm.dev/batch-question/v1",
    model: release.manifest.model,
    release: release.digest,
    dataSet: { name, version, sha256: dataSetDigest(manifest), rows },
    format,
    rowsPerPart,
    keep: options.keep,
  });
  const digest = sha256Hex(canonicalJson(question)).slice(0, 12);
  const prefix = `predictions/${options.out ?? `${question.model}/${digest}`}`;
  await claim(options, prefix, question);
  const key = `${prefix}/predictions.json`;
  const done = await objects.get(bucket, key);
  if (done !== undefined) {
    return { key, predictions: Predictions.parse(JSON.parse(new TextDecoder().decode(done))) };
  }
  const parts: PredictionPart[] = [];
  await withSession(release.trained, async (session) => {
    let first = 1;
    for await (const chunk of chunks(store, manifest, rowsPerPart)) {
      options.signal.throwIfAborted();
      const asked = { session, release, prefix, rows: chunk, first };
      const { part, wasThere } = await onePart(options, asked);
      parts.push(part);
      first += chunk.length;
      progress.show(`${first - 1}/${rows} rows`);
      const text = `${part.path} ${wasThere ? "was there" : "is written"}`;
      log.info({ part: part.path, rows: first - 1, of: rows }, text);
    }
  });
  if (parts.length === 0) throw new BadInputError(`data set ${options.dataSet} has no rows`);
  const predictions = Predictions.parse({
    schema: "isotherm.dev/predictions/v1",
    question,
    trainedOn: release.manifest.evidence.lineage.dataSet,
    rows: parts.reduce((total, part) => total + part.rows, 0),
    parts,
  });
  await objects.putOnce(bucket, key, canonicalJson(predictions));
  progress.clear();
  return { key, predictions };
}

/** One place holds the answer to one question. */
async function claim(
  { objects, bucket }: BatchOptions,
  prefix: string,
  question: BatchQuestion,
): Promise<void> {
  const key = `${prefix}/question.json`;
  const text = canonicalJson(question);
  if (await objects.putOnce(bucket, key, text)) return;
  const held = await objects.get(bucket, key);
  if (held === undefined || new TextDecoder().decode(held) !== text) {
    throw new BadInputError(
      `${prefix} holds predictions of another release, data set or format: choose another --out`,
    );
  }
}

interface PartOptions {
  session: Session;
  release: OpenRelease;
  prefix: string;
  rows: readonly Row[];
  /** Number of the first row, from 1. */
  first: number;
}

/** @returns the part, and whether an earlier attempt had written it */
async function onePart(
  options: BatchOptions,
  part: PartOptions,
): Promise<{ part: PredictionPart; wasThere: boolean }> {
  const { objects, bucket, format, rowsPerPart, keep } = options;
  const { session, release, rows, first } = part;
  const number = Math.floor((first - 1) / rowsPerPart);
  const path = `part-${String(number).padStart(5, "0")}.${format}`;
  const key = `${part.prefix}/${path}`;
  let bytes = await objects.get(bucket, key);
  const wasThere = bytes !== undefined;
  if (bytes === undefined) {
    const { contract } = release.trained;
    const given = await answers(session, contract, rows, first);
    bytes = writePart({ format, contract, rows, given, first, keep });
    // Whoever was first is right: the manifest tells what lies there.
    if (!(await objects.putOnce(bucket, key, bytes))) bytes = await objects.get(bucket, key);
  }
  if (bytes === undefined) throw new Error(`object store: ${bucket}/${key} has gone`);
  const { length: size } = bytes;
  return { part: { path, rows: rows.length, size, sha256: sha256Hex(bytes) }, wasThere };
}

/** Rows of all tables of a data set, `size` at once. */
async function* chunks(
  store: DataSetStore,
  manifest: DataSetManifest,
  size: number,
): AsyncGenerator<Row[]> {
  let held: Row[] = [];
  for (const file of manifest.files) {
    for (const row of readTable(file.path, await store.file(file))) {
      held.push(row);
      if (held.length === size) {
        yield held;
        held = [];
      }
    }
  }
  if (held.length > 0) yield held;
}
