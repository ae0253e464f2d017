import type { LogName } from "../../../contracts/audit-record.ts";

/** Which log of which model. */
export interface Place {
  log: LogName;
  environment: string;
  model: string;
}

const firstBytes = 64 * 1024;
const lineFeed = 10;
const nothing = Buffer.alloc(0);

/** Lines that become one object. They are kept as bytes: strings that live this long keep the collector of garbage busy. */
export class Page {
  readonly place: Place;
  /** Number of the object among those of its log. */
  readonly sequence: number;
  /** Since when it counts, in milliseconds since 1970, as all times here. */
  readonly from: number;
  records = 0;
  bytes = 0;
  #text: Buffer;
  /** Of what the first line tells. */
  firstTime: number | undefined;
  /** When the first line came. */
  oldest = Number.POSITIVE_INFINITY;
  /** Records and losses. */
  observed = 0;
  readonly lost = new Map<string, number>();

  /** @param room that an earlier page has let go of */
  constructor(place: Place, sequence: number, from: number, room: Buffer = nothing) {
    this.place = place;
    this.sequence = sequence;
    this.from = from;
    this.#text = room;
  }

  add(line: string, time: number, now: number): void {
    this.firstTime ??= time;
    if (this.records === 0) this.oldest = now;
    this.records++;
    this.observed++;
    this.write(line);
  }

  /** Writes a line that is no record. */
  write(line: string): void {
    const most = this.bytes + 3 * line.length + 1;
    if (most > this.#text.length) {
      const larger = Buffer.allocUnsafe(Math.max(firstBytes, 2 * this.#text.length, most));
      this.#text.copy(larger, 0, 0, this.bytes);
      this.#text = larger;
    }
    this.bytes += this.#text.write(line, this.bytes);
    this.#text[this.bytes++] = lineFeed;
  }

  /** All lines so far, in UTF-8, each with its line feed. */
  get text(): Buffer {
    return this.#text.subarray(0, this.bytes);
  }

  /**
   * Lets go of the lines; what is counted of them stays.
   * @returns room for the next page, where this one made use of it: room made anew for each is collected as garbage, with all
   *   that the thread holds looked through each time
   */
  clear(): Buffer {
    const room = this.#text;
    this.#text = nothing;
    return this.bytes * 4 >= room.length ? room : nothing;
  }

  lose(records: number, reason: string): void {
    this.observed += records;
    this.lost.set(reason, (this.lost.get(reason) ?? 0) + records);
  }
}
