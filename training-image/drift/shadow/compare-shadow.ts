import type { AuditRecord } from "../../../contracts/audit-record.ts";
import type { ObjectStore } from "../../../contracts/object-store.ts";
import { unpackRows } from "../../../contracts/packed-rows.ts";
import type { ShadowResult } from "../../../contracts/shadow.ts";
import { type LogPlace, readLog, type Window } from "../read-log.ts";
import { ReleaseView } from "../release-view.ts";
import { Told } from "../told.ts";
import { answerOf } from "./answer.ts";
import { emptyGroup, groupByRelease } from "./groups.ts";
import { Pairing } from "./pairing.ts";
import { shadowResult } from "./result.ts";

export interface ShadowOptions extends LogPlace {
  objects: Pick<ObjectStore, "get" | "putOnce" | "list">;
  /** Of the times at which clients' requests came. */
  window: Window;
  /** Full digest of a shadow release. @default every shadow that answered in the window */
  release?: string | undefined;
  /** Pairs under which nothing is said about agreement. */
  minimumPairs: number;
  /** Relative difference of two numbers over which they disagree; regression. */
  tolerance: number;
  /** How many of the rows that differ most are told. @default 10 */
  largest?: number;
  /** About how many bytes of answers may be held; beyond that a sample of the requests is looked at. @default 64 MiB */
  mostBytes?: number;
  signal?: AbortSignal;
}

/** Clocks of two servers differ, and the copy of a request comes later than the request. */
const skewMs = 60_000;

/**
 * Holds the answers of a shadow against those that clients got to the same requests, by request id (SPEC T-02).
 * @returns one result for each shadow release and each release that answered clients beside it
 * @throws Error where a release that answered is not in the store
 */
export async function compareShadow(options: ShadowOptions): Promise<ShadowResult[]> {
  const { window, objects, bucket, tolerance } = options;
  const [from, to] = [window.from.getTime(), window.to.getTime()];
  const isInside = (time: number) => time >= from && time < to;
  const pairing = new Pairing({
    tolerance,
    isInside,
    largest: options.largest ?? 10,
    mostBytes: options.mostBytes ?? 64 * 1024 * 1024,
  });
  const views = new Map<string, ReleaseView>();
  const viewOf = async (release: string) => {
    const known = views.get(release) ?? (await ReleaseView.open(objects, bucket, release));
    views.set(release, known);
    return known;
  };
  const told = new Told(window);
  // The other half of a pair may lie on the other side of the window's edge.
  const wide = { from: new Date(from - skewMs), to: new Date(to + skewMs) };
  for await (const line of readLog("audit", options, wide)) {
    options.signal?.throwIfAborted();
    if (line === undefined) told.unreadable++;
    else if (line.schema === "isotherm.dev/audit-counts/v1") told.count(line);
    else if (line.schema === "isotherm.dev/audit-record/v1" && isWithin(line, wide)) {
      const { requestId, release, isShadow } = line;
      if (isShadow && options.release !== undefined && release !== options.release) continue;
      const answer = answerOf(line, await viewOf(release));
      pairing.add(isShadow ? "shadow" : "primary", requestId, answer, (row) => inputsOf(line, row));
    }
  }
  const groups = groupByRelease(pairing.requests, isInside);
  const { sampled } = pairing;
  if (groups.length === 0) groups.push(emptyGroup(undefined, undefined));
  return groups.map((group) =>
    shadowResult(options, told, {
      ...group,
      sampled,
      largest: pairing.largestOf(group.primary ?? "", group.shadow ?? ""),
      isClassification: views.get(group.primary ?? "")?.contract.task === "classification",
    }),
  );
}

/** A row's features, as far as they are logged. */
function inputsOf({ inputs }: AuditRecord, row: number): readonly unknown[] | undefined {
  return inputs && unpackRows(inputs)[row];
}

function isWithin({ time }: AuditRecord, { from, to }: Window): boolean {
  const at = Date.parse(time);
  return at >= from.getTime() && at < to.getTime();
}
