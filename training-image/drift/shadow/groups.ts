import type { Pair } from "./pair.ts";
import type { PairedRequest, SeenAnswer, Side } from "./pairing.ts";

/** What a shadow release and a primary release had to do with each other in a window. */
export interface Group {
  shadow: string | undefined;
  primary: string | undefined;
  pairs: Pair[];
  unpaired: { primary: number; shadow: number; earlier: number };
  repeated: { primary: number; shadow: number };
  ambiguous: number;
  incomparable: number;
}

/**
 * Sorts requests by the two releases that answered them. A client's answer without a shadow's counts against the shadow
 * release that was there then: the one whose first answer was the last before it.
 * @param isInside whether a time, in milliseconds since 1970, is in the window; a request's is that of its client's answer
 */
export function groupByRelease(
  requests: Iterable<PairedRequest>,
  isInside: (time: number) => boolean,
): Group[] {
  const inside = [...requests].filter((request) => isInside(timeOf(request)));
  const starts = firstAnswers(inside);
  const groups = new Map<string, Group>();
  const groupOf = (shadow: string | undefined, primary: string | undefined) => {
    const name = `${shadow} ${primary}`;
    const known = groups.get(name) ?? emptyGroup(shadow, primary);
    groups.set(name, known);
    return known;
  };
  const strays = new Map<string, number>();
  for (const request of inside) {
    const { primary, shadow, pair } = request;
    if (primary === undefined) {
      const { release } = shadow as SeenAnswer;
      strays.set(release, (strays.get(release) ?? 0) + 1);
      continue;
    }
    const current = starts.findLast(({ time }) => time <= primary.time);
    const group = groupOf(shadow?.release ?? (current ?? starts[0])?.release, primary.release);
    for (const side of ["primary", "shadow"] satisfies Side[]) {
      group.repeated[side] += request[side]?.repeats ?? 0;
    }
    if (request.isAmbiguous) group.ambiguous++;
    else if (pair === "incomparable") group.incomparable++;
    else if (pair !== undefined) group.pairs.push(pair);
    else if (current === undefined) group.unpaired.earlier++;
    else group.unpaired.primary++;
  }
  for (const [release, count] of strays) {
    const ofRelease = [...groups.values()].filter(({ shadow }) => shadow === release);
    const affected = ofRelease.length > 0 ? ofRelease : [groupOf(release, undefined)];
    for (const { unpaired } of affected) unpaired.shadow = count;
  }
  return [...groups.values()];
}

/** By the clock of the client's answer, where there is one: the two sides' clocks may differ. */
function timeOf({ primary, shadow }: PairedRequest): number {
  return (primary ?? (shadow as SeenAnswer)).time;
}

/** When each shadow release answered first, the earliest first. */
function firstAnswers(requests: readonly PairedRequest[]): { release: string; time: number }[] {
  const first = new Map<string, number>();
  for (const request of requests) {
    const { shadow } = request;
    if (shadow === undefined) continue;
    first.set(shadow.release, Math.min(timeOf(request), first.get(shadow.release) ?? Infinity));
  }
  return [...first]
    .map(([release, time]) => ({ release, time }))
    .toSorted((one, other) => one.time - other.time);
}

export function emptyGroup(shadow: string | undefined, primary: string | undefined): Group {
  return {
    shadow,
    primary,
    pairs: [],
    unpaired: { primary: 0, shadow: 0, earlier: 0 },
    repeated: { primary: 0, shadow: 0 },
    ambiguous: 0,
    incomparable: 0,
  };
}
