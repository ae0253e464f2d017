import { afterEach, beforeEach } from "vitest";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { buckets } from "../../../contracts/names.ts";
import { manifestWith, stored } from "../../../test/releases.ts";
import { TwoStores } from "./two-stores.ts";

/** What `fillRegistry` put there. */
export interface Filled {
  /** Digest of the release. */
  release: string;
  /** Bytes of its model, as text, and where they lie. */
  model: string;
  modelKey: string;
  /** Bytes of its contract. */
  contract: string;
}

/** A registry with one of everything: a release and its files, a data set, the ledger, a checkpoint, a run's artifacts. */
export function fillRegistry(stores: TwoStores): Filled {
  const model = "the graph of a model";
  const contract = "a contract";
  const [graph, other] = [model, contract].map((text) =>
    stores.put(`blobs/sha256/${sha256Hex(text)}`, text),
  ) as [string, string];
  const sound = manifestWith({ accuracy: 0.9 });
  const { digest, text } = stored({
    ...sound,
    files: sound.files.map((file) =>
      file.role === "model"
        ? { ...file, sha256: graph, size: model.length }
        : { ...file, sha256: other, size: contract.length },
    ),
  });
  stores.put(`releases/${digest}.json`, text);
  stores.put("datasets/wine/2026-01.json", "{}");
  stores.put("ledger/entries/000000000001.json", "first");
  stores.put("ledger/head.json", "head 1");
  stores.put("checkpoints/wine/job-1.a", "half trained");
  stores.put("1/run-1/artifacts/model/MLmodel", "flavors: {}", buckets.artifacts);
  stores.put("1/run-1/artifacts/model/model.onnx", model, buckets.artifacts);
  return { release: digest, model, modelKey: `blobs/sha256/${graph}`, contract };
}

/** Gives each test of a file a filled registry, and a place for backups, of its own. */
export class FilledPerTest {
  #at: { stores: TwoStores; filled: Filled } | undefined;

  constructor() {
    beforeEach(() => {
      const stores = new TwoStores();
      this.#at = { stores, filled: fillRegistry(stores) };
    });
    afterEach(() => this.stores.remove());
  }

  get stores(): TwoStores {
    return this.#now.stores;
  }

  get filled(): Filled {
    return this.#now.filled;
  }

  /** @throws Error outside a test */
  get #now() {
    if (this.#at === undefined) throw new Error("there is no registry before the first test");
    return this.#at;
  }
}

/** Asks the fakes, and notes every request. */
export function notingRequests(requests: string[]): (direct: typeof fetch) => typeof fetch {
  return (direct) => (resource, init) => {
    const { method, url } = resource as Request;
    requests.push(`${method} ${new URL(url).host}${decodeURIComponent(new URL(url).pathname)}`);
    return direct(resource, init);
  };
}
