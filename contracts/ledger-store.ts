import { createPublicKey, type KeyObject } from "node:crypto";
import { sha256Hex } from "./canonical.ts";
import { entryKey, ledgerKeys, sequenceOf, type LedgerEntry } from "./ledger.ts";
import { LedgerState } from "./ledger-state.ts";
import { sealEntry, sealHead, unsealEntry, unsealHead } from "./ledger-statement.ts";
import { verifyLedger, type Finding } from "./ledger-verify.ts";
import type { ObjectStore } from "./object-store.ts";

/** The objects of a ledger as they are stored, whatever they hold. */
export interface StoredLedger {
  /** In the order of their keys. */
  entries: readonly { key: string; text: string }[];
  head: string | undefined;
}

/** Many small objects, through a tunnel at times: one at a time would take long, all at once would be unkind. */
const atOnce = 16;

/** Reads all of a ledger and judges nothing. */
export async function readLedger(
  store: Pick<ObjectStore, "get" | "list">,
  bucket: string,
): Promise<StoredLedger> {
  const keys = await store.list(bucket, ledgerKeys.entries);
  // Read after the listing, so that it never names an entry that only the listing is too old for.
  const entries: { key: string; text: string }[] = [];
  for (let at = 0; at < keys.length; at += atOnce) {
    const some = await Promise.all(
      keys
        .slice(at, at + atOnce)
        .map(async (key) => ({ key, bytes: await store.get(bucket, key) })),
    );
    for (const { key, bytes } of some) {
      if (bytes !== undefined) entries.push({ key, text: Buffer.from(bytes).toString() });
    }
  }
  return { entries, head: textOf(await store.get(bucket, ledgerKeys.head)) };
}

/** What an entry may be written as: it comes after `previous`, and after all that `state` holds. */
export interface Next {
  sequence: number;
  previous: string | null;
  state: LedgerState;
}

export interface LedgerPlace {
  store: Pick<ObjectStore, "get" | "list" | "put" | "putOnce">;
  bucket: string;
  environment: string;
  /** Private, ed25519. */
  key: KeyObject;
}

/**
 * The end of a ledger, to which entries are appended. Several of these may write at once: each entry is put on the next
 * number under the condition that nothing is there, so one of them wins and the other reads what it says.
 */
export class LedgerWriter {
  readonly state: LedgerState;
  /** What was wrong with the ledger when it was opened. Writing goes on after it, and it stays to be found. */
  readonly findings: readonly Finding[];
  readonly #place: LedgerPlace;
  #end: { sequence: number; sha256: string } | undefined;
  /** The entry that the head names, as far as this writer knows. */
  #headAt: number | undefined;

  private constructor(
    place: LedgerPlace,
    entries: readonly LedgerEntry[],
    findings: readonly Finding[],
    end: { sequence: number; sha256: string } | undefined,
  ) {
    this.#place = place;
    this.state = new LedgerState(entries);
    this.findings = findings;
    this.#end = end;
  }

  /**
   * Reads the ledger there is.
   * @throws ObjectStoreError where it cannot be read
   */
  static async open(place: LedgerPlace): Promise<LedgerWriter> {
    const { store, bucket, environment, key } = place;
    const stored = await readLedger(store, bucket);
    const publicKey = createPublicKey(key);
    const { entries, findings } = verifyLedger(stored, { environment, publicKey });
    const last = stored.entries.findLast((entry) => sequenceOf(entry.key) !== undefined);
    const end =
      last === undefined
        ? undefined
        : { sequence: sequenceOf(last.key) ?? 0, sha256: sha256Hex(last.text) };
    const head = headOf(stored.head, publicKey);
    // Numbers that were taken off the end are not given again: the gap is what shows that they are gone.
    const isCut = head !== undefined && head.sequence > (end?.sequence ?? 0);
    const writer = new LedgerWriter(place, entries, findings, isCut ? head : end);
    writer.#headAt = head?.sequence;
    // The last writer may have been stopped between the entry and the head.
    await writer.#writeHead();
    return writer;
  }

  /** Number and digest of the last entry. */
  get end(): { sequence: number; sha256: string } | undefined {
    return this.#end;
  }

  /**
   * Appends one entry. Where somebody else was faster, their entry is read first, and the question asked again.
   * @param draft the entry that is to be the next, or undefined where nothing is left to say
   * @returns the entry, or undefined where there was none
   * @throws ObjectStoreError where the store refuses; then the entry may be there or not, and asking again is right
   */
  async append(draft: (next: Next) => LedgerEntry | undefined): Promise<LedgerEntry | undefined> {
    const { store, bucket, key } = this.#place;
    for (;;) {
      const sequence = (this.#end?.sequence ?? 0) + 1;
      const previous = this.#end?.sha256 ?? null;
      const entry = draft({ sequence, previous, state: this.state });
      if (entry === undefined) {
        // Whoever wrote what was read meanwhile may have been stopped before it wrote the head.
        await this.#writeHead();
        return undefined;
      }
      const text = sealEntry(entry, key);
      if (await store.putOnce(bucket, entryKey(sequence), text)) {
        this.#end = { sequence, sha256: sha256Hex(text) };
        this.state.apply(entry);
        await this.#writeHead();
        return entry;
      }
      await this.#takeIn(sequence);
    }
  }

  /** Reads an entry that another wrote, or this one in an attempt whose answer was lost. */
  async #takeIn(sequence: number): Promise<void> {
    const { store, bucket, key } = this.#place;
    const text = textOf(await store.get(bucket, entryKey(sequence)));
    if (text === undefined) return;
    this.#end = { sequence, sha256: sha256Hex(text) };
    try {
      this.state.apply(unsealEntry(text, createPublicKey(key)));
    } catch {
      // What somebody put there is no entry: it keeps its number, and verification names it.
    }
  }

  async #writeHead(): Promise<void> {
    const { store, bucket, environment, key } = this.#place;
    if (this.#end === undefined || this.#headAt === this.#end.sequence) return;
    const head = { schema: "isotherm.dev/ledger-head/v1" as const, environment, ...this.#end };
    await store.put(bucket, ledgerKeys.head, sealHead(head, key));
    this.#headAt = head.sequence;
  }
}

function headOf(text: string | undefined, key: KeyObject) {
  if (text === undefined) return undefined;
  try {
    const { sequence, sha256 } = unsealHead(text, key);
    return { sequence, sha256 };
  } catch {
    return undefined;
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}
