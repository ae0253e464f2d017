import { createPublicKey } from "node:crypto";
import type { LedgerEntry } from "../../contracts/ledger.ts";
import { LedgerWriter, readLedger } from "../../contracts/ledger-store.ts";
import { verifyLedger } from "../../contracts/ledger-verify.ts";
import type { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { ledgerBucket, startLedgerStore, testKey } from "../../contracts/testing/ledgers.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { Recorder } from "../src/record/recorder.ts";
import { watched, type Watched } from "../src/record/watched.ts";
import { FakeCluster } from "./fake-cluster.ts";

/** Recorders of one environment, with what they look at and what they write to. */
export class RecorderRig {
  readonly cluster = new FakeCluster();
  readonly s3: FakeS3;
  readonly #store: ObjectStore;

  private constructor(s3: FakeS3, store: ObjectStore) {
    this.s3 = s3;
    this.#store = store;
  }

  static async make(): Promise<RecorderRig> {
    const { s3, store } = await startLedgerStore();
    return new RecorderRig(s3, store);
  }

  async start(): Promise<Recorder> {
    const place = { store: this.#store, bucket: ledgerBucket, environment: "prod", key: testKey() };
    const writer = await LedgerWriter.open(place);
    return new Recorder({ writer, environment: "prod", retryMs: 1 });
  }

  /** A look at everything, as a recorder does when it starts. */
  look(recorder: Recorder): void {
    for (const one of watched) {
      recorder.listed(one, this.cluster.seen(one.plural, one.labelSelector), new Date());
    }
  }

  /** Tells of the objects' state now, as a watch does. */
  show(recorder: Recorder, change: Watched["change"]): void {
    const one = watcherOf(change);
    for (const object of this.cluster.seen(one.plural, one.labelSelector))
      recorder.saw(one, object);
  }

  /**
   * All entries.
   * @throws Error where the ledger does not verify
   */
  async ledger(): Promise<LedgerEntry[]> {
    const stored = await readLedger(this.#store, ledgerBucket);
    const options = { environment: "prod", publicKey: createPublicKey(testKey()) };
    const { entries, findings } = verifyLedger(stored, options);
    if (findings.length > 0) throw new Error(findings.map(({ text }) => text).join("; "));
    return entries;
  }
}

export function watcherOf(change: Watched["change"]): Watched {
  const found = watched.find((one) => one.change === change);
  if (found === undefined) throw new Error(`nothing watches ${change}`);
  return found;
}

/** The weights of an entry about traffic: before and after. */
export const weightsOf = ({ change }: LedgerEntry) =>
  change.kind === "traffic" ? [change.from?.weights, change.to?.weights] : undefined;
