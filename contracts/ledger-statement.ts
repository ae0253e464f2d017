import type { KeyObject } from "node:crypto";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { EnvelopeError, seal, unseal } from "./envelope.ts";
import {
  entryType,
  headPayload,
  LedgerHead,
  LedgerStatement,
  objectKey,
  statementPayload,
  type LedgerEntry,
} from "./ledger.ts";
import { Sha256 } from "./primitives.ts";

/** Signs an entry. The same entry gives the same bytes. */
export function sealEntry(entry: LedgerEntry, key: KeyObject): string {
  const statement: LedgerStatement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjectsOf(entry),
    predicateType: entryType,
    predicate: entry,
  };
  return seal(statementPayload, canonicalJson(statement), key);
}

/**
 * Reads an entry that this key signed.
 * @throws EnvelopeError where it did not, or what it signed is no entry
 */
export function unsealEntry(text: string, key: KeyObject): LedgerEntry {
  const result = LedgerStatement.safeParse(JSON.parse(unseal(text, statementPayload, key)));
  if (!result.success) throw new EnvelopeError("what it signs is no entry of a ledger");
  return result.data.predicate;
}

export function sealHead(head: LedgerHead, key: KeyObject): string {
  return seal(headPayload, canonicalJson(head), key);
}

/** @throws EnvelopeError where this key did not sign it, or what it signed is no head */
export function unsealHead(text: string, key: KeyObject): LedgerHead {
  const result = LedgerHead.safeParse(JSON.parse(unseal(text, headPayload, key)));
  if (!result.success) throw new EnvelopeError("what it signs is no head of a ledger");
  return result.data;
}

/** The releases that an entry is about: those it leads to, else those it leads away from. */
export function releasesOf({ change }: Pick<LedgerEntry, "change">): string[] {
  if (change.kind === "training") return [];
  if (change.kind === "traffic") {
    const shown = change.to ?? change.from;
    const slots = Object.entries(shown?.weights ?? {}).flatMap(([slot, weight]) =>
      weight > 0 ? [slot] : [],
    );
    if (shown?.shadow !== undefined) slots.push(shown.shadow.slot);
    return [...new Set(slots.flatMap((slot) => change.releases[slot]?.release ?? []))];
  }
  const release = (change.to ?? change.from)?.release;
  return release == null ? [] : [release];
}

function subjectsOf(entry: LedgerEntry): LedgerStatement["subject"] {
  const releases = releasesOf(entry).filter((release) => Sha256.safeParse(release).success);
  if (releases.length > 0) {
    return releases.map((sha256) => ({ name: entry.model, digest: { sha256 } }));
  }
  // in-toto wants a subject by digest: what the object came to, or was.
  const { to, from } = entry.change;
  return [
    { name: objectKey(entry.object), digest: { sha256: sha256Hex(canonicalJson(to ?? from)) } },
  ];
}
