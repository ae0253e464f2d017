import { canonicalJson } from "./canonical.ts";
import { objectKey, type ChangedObject, type LedgerEntry } from "./ledger.ts";

/** What is seen of an object, to be held against what the ledger says of it. */
export interface Sighting {
  object: ChangedObject;
  change: LedgerEntry["change"];
  /** When the cluster was asked, where it was asked for everything; absent where it told of a single change. */
  listedAt?: string | undefined;
}

/** What a ledger says is so: the last entry of each object. */
export class LedgerState {
  readonly #last = new Map<string, LedgerEntry>();
  readonly #admissions = new Map<string, number>();

  constructor(entries: Iterable<LedgerEntry> = []) {
    for (const entry of entries) this.apply(entry);
  }

  apply(entry: LedgerEntry): void {
    this.#last.set(objectKey(entry.object), entry);
    const { change, sequence } = entry;
    if (change.kind === "admission" && change.to !== null) {
      this.#admissions.set(change.to.release, sequence);
    }
  }

  lastOf(object: Pick<ChangedObject, "kind" | "name">): LedgerEntry | undefined {
    return this.#last.get(objectKey(object));
  }

  /** The last entries of all objects that are still there. */
  present(): LedgerEntry[] {
    return [...this.#last.values()].filter(({ change }) => change.to !== null);
  }

  /** Digest of the release that a slot's servers have. */
  releaseOf(model: string, slot: string): string | undefined {
    const change = this.lastOf({ kind: "Deployment", name: `${model}-${slot}` })?.change;
    return change?.kind === "slot" ? (change.to?.release ?? undefined) : undefined;
  }

  /** Number of the entry that tells of a release's last admission. */
  admittedIn(release: string): number | null {
    return this.#admissions.get(release) ?? null;
  }

  /** Whether a sighting says more than the ledger: nothing is written twice, and nothing old over something new. */
  isNews({ object, change, listedAt }: Sighting): boolean {
    const last = this.lastOf(object);
    if (last === undefined) return change.to !== null;
    const isSame = last.object.uid === object.uid;
    if (listedAt !== undefined) {
      // Another recorder may have written of something later than this list.
      if (last.recordedAt >= listedAt) return false;
    } else if (isSame ? !isLater(object, last.object) : object.createdAt < last.object.createdAt) {
      return false;
    }
    if (change.kind === "training" && last.change.kind === "training") {
      // A Job that is done is swept up at some time, which is no news of the training.
      if (change.to === null) return isSame && last.change.to?.phase === "running";
      if (!isSame) return true;
    }
    return canonicalJson(change.to) !== canonicalJson(last.change.to);
  }
}

/** Versions of one object grow as numbers, though they are written as text. */
function isLater(one: ChangedObject, other: ChangedObject): boolean {
  const [mine, theirs] = [one, other].map(({ resourceVersion }) =>
    /^[0-9]+$/.test(resourceVersion) ? BigInt(resourceVersion) : undefined,
  );
  if (mine === undefined || theirs === undefined) {
    return one.resourceVersion !== other.resourceVersion;
  }
  return mine > theirs;
}
