import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AuditLine, auditPrefix, type LogName } from "../../contracts/audit-record.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";

export interface Window {
  from: Date;
  to: Date;
}

export interface LogPlace {
  objects: Pick<ObjectStore, "list" | "get">;
  bucket: string;
  environment: string;
  model: string;
}

const hourMs = 3_600_000;
/** Objects that are fetched at once. */
const abreast = 8;
const unzip = promisify(gunzip);

/**
 * Lines of all objects that may tell of a window, unsorted; undefined for a line that is none of ours. An object lies
 * under the hour of its first line and may reach into the next, so the hour before is read as well.
 */
export async function* readLog(
  log: LogName,
  { objects, bucket, environment, model }: LogPlace,
  { from, to }: Window,
): AsyncGenerator<AuditLine | undefined> {
  const prefixes = new Set<string>();
  for (let time = from.getTime() - hourMs; time < to.getTime(); time += hourMs) {
    prefixes.add(auditPrefix(log, { environment, model }, new Date(time)));
  }
  prefixes.add(auditPrefix(log, { environment, model }, to));
  for (const prefix of prefixes) {
    const keys = await objects.list(bucket, prefix);
    for (let first = 0; first < keys.length; first += abreast) {
      const batch = keys.slice(first, first + abreast);
      const texts = await Promise.all(batch.map((key) => textOf(objects, bucket, key)));
      for (const text of texts) for (const line of text.split("\n")) if (line) yield parse(line);
    }
  }
}

async function textOf(
  objects: Pick<ObjectStore, "get">,
  bucket: string,
  key: string,
): Promise<string> {
  const bytes = await objects.get(bucket, key);
  // Deleted since it was listed: its retention is over.
  if (bytes === undefined) return "";
  try {
    return (await unzip(bytes)).toString("utf8");
  } catch {
    return "not compressed as it should be";
  }
}

function parse(line: string): AuditLine | undefined {
  try {
    return AuditLine.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
