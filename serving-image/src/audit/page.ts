import type { LogName } from "../../../contracts/audit-record.ts";

/** Which log of which model. */
export interface Place {
  log: LogName;
  environment: string;
  model: string;
}

/** Lines that become one object. */
export class Page {
  readonly place: Place;
  /** Number of the object among those of its log. */
  readonly sequence: number;
  /** Since when it counts, in milliseconds since 1970, as all times here. */
  readonly from: number;
  lines: string[] = [];
  records = 0;
  bytes = 0;
  /** Of what the first line tells. */
  firstTime: number | undefined;
  /** When the first line came. */
  oldest = Number.POSITIVE_INFINITY;
  /** Records and losses. */
  observed = 0;
  readonly lost = new Map<string, number>();

  constructor(place: Place, sequence: number, from: number) {
    this.place = place;
    this.sequence = sequence;
    this.from = from;
  }

  add(line: string, time: number, now: number): void {
    this.firstTime ??= time;
    if (this.records === 0) this.oldest = now;
    this.lines.push(line);
    this.records++;
    this.observed++;
    this.bytes += line.length;
  }

  lose(records: number, reason: string): void {
    this.observed += records;
    this.lost.set(reason, (this.lost.get(reason) ?? 0) + records);
  }
}
