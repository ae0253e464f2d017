import type { KeyObject } from "node:crypto";
import { sha256Hex } from "./canonical.ts";
import { sequenceOf, type LedgerEntry } from "./ledger.ts";
import { unsealEntry, unsealHead } from "./ledger-statement.ts";
import type { StoredLedger } from "./ledger-store.ts";

/** Something that is wrong with a ledger, in a sentence that names the entry. */
export interface Finding {
  /** The entry's number; undefined where it is none of an entry. */
  sequence: number | undefined;
  text: string;
}

/** An end of the ledger that somebody remembers: it must still be there. */
export interface SeenEnd {
  sequence: number;
  sha256: string;
  /** Who remembers it, as a sentence goes on: "the recorder". */
  who: string;
}

export interface VerifyOptions {
  environment: string;
  publicKey: KeyObject;
  /** @default nobody remembers more than the ledger itself */
  seen?: readonly SeenEnd[];
}

export interface Verdict {
  /** All that can be read, those with findings included. */
  entries: LedgerEntry[];
  findings: Finding[];
}

interface Link {
  sequence: number;
  sha256: string;
  entry: LedgerEntry | undefined;
  isSound: boolean;
}

/**
 * Verifies a ledger: each signature, each number, that each entry holds the digest of the one before, and that the end
 * which the head, and others, remember is there. It does not prove that nothing was left out when it was written, and
 * whoever has the private key can write another one.
 */
export function verifyLedger(
  { entries: stored, head }: StoredLedger,
  { environment, publicKey, seen = [] }: VerifyOptions,
): Verdict {
  const findings: Finding[] = [];
  const find = (sequence: number | undefined, text: string) => findings.push({ sequence, text });
  const links = new Map<number, Link>();

  for (const { key, text } of stored) {
    const sequence = sequenceOf(key);
    if (sequence === undefined) {
      find(undefined, `${key} is no entry of a ledger`);
      continue;
    }
    const link: Link = { sequence, sha256: sha256Hex(text), entry: undefined, isSound: false };
    links.set(sequence, link);
    try {
      link.entry = unsealEntry(text, publicKey);
    } catch (error) {
      find(sequence, `entry ${sequence} was changed: ${messageOf(error)}`);
      continue;
    }
    if (link.entry.environment !== environment) {
      find(sequence, `entry ${sequence} is of the ledger of ${link.entry.environment}`);
    } else if (link.entry.sequence !== sequence) {
      find(sequence, `entry ${sequence} was reordered: it holds entry ${link.entry.sequence}`);
    } else {
      link.isSound = true;
    }
  }

  const ends = [...seen, ...headEnd(head, links.size, environment, publicKey, find)];
  const last = Math.max(0, ...links.keys());
  for (let sequence = 1; sequence <= last; sequence++) {
    const link = links.get(sequence);
    if (link === undefined) find(sequence, `entry ${sequence} is missing`);
    else if (link.isSound) checkPrevious(link, links.get(sequence - 1), find);
  }
  const [furthest] = ends.toSorted((one, other) => other.sequence - one.sequence);
  for (let missing = last + 1; missing <= (furthest?.sequence ?? 0); missing++) {
    const text = `${furthest?.who} goes on to entry ${furthest?.sequence}`;
    find(missing, `entry ${missing} was taken off the end: ${text}`);
  }
  for (const end of ends) checkEnd(end, links, find);

  return {
    entries: [...links.values()]
      .filter(({ isSound }) => isSound)
      .sort((one, other) => one.sequence - other.sequence)
      .flatMap(({ entry }) => (entry === undefined ? [] : [entry])),
    findings: findings.sort((one, other) => (one.sequence ?? 0) - (other.sequence ?? 0)),
  };
}

type Find = (sequence: number | undefined, text: string) => void;

/** Only the entry that is wrong is named, not the one after it, whose digest cannot fit any more. */
function checkPrevious({ sequence, entry }: Link, before: Link | undefined, find: Find): void {
  if (sequence === 1) {
    if (entry?.previous !== null) find(1, "entry 1 is not the first that was written");
    return;
  }
  if (before === undefined || !before.isSound || before.sha256 === entry?.previous) return;
  find(sequence, `entry ${sequence} was not written after the entry ${sequence - 1} that is there`);
}

function headEnd(
  head: string | undefined,
  count: number,
  environment: string,
  publicKey: KeyObject,
  find: Find,
): SeenEnd[] {
  if (head === undefined) {
    if (count > 0) find(undefined, "the head is missing, so entries may be missing at the end");
    return [];
  }
  try {
    const { sequence, sha256, environment: of } = unsealHead(head, publicKey);
    if (of === environment) return [{ sequence, sha256, who: "the head" }];
    find(undefined, `the head is of the ledger of ${of}`);
  } catch (error) {
    find(undefined, `the head was changed: ${messageOf(error)}`);
  }
  return [];
}

function checkEnd(
  { sequence, sha256, who }: SeenEnd,
  links: ReadonlyMap<number, Link>,
  find: Find,
): void {
  const link = links.get(sequence);
  if (link?.isSound === true && link.sha256 !== sha256) {
    find(sequence, `entry ${sequence} was replaced: ${who} remembers another`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
