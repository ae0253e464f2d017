import type { Deployed } from "../components/foundation/deployed.ts";
import { isShadowRecord } from "../contracts/admission-record.ts";
import { sha256Hex } from "../contracts/canonical.ts";
import type { ModelHold } from "../contracts/hold.ts";
import { isSameRelease, shortDigest } from "../contracts/release.ts";
import type { Slot } from "../contracts/serving-config.ts";
import type { Problem } from "./config.ts";
import { otherSlot } from "./model-slots.ts";
import type { EnvironmentConfig } from "./schema.ts";

/** A change that somebody else made of what the program writes. */
export interface ForeignChange {
  /** What they used, by the name that Kubernetes keeps: `kubectl-edit`. */
  manager: string;
  /** When, ISO 8601 in UTC; "" where nobody knows. */
  at: string;
}

/** An object that the program writes, as somebody else may have left it. */
export interface Written {
  changed?: ForeignChange | undefined;
  /** What the program wrote of the change that it undid last. */
  undone?: string | undefined;
  /** Who deployed what it says. */
  deployed?: Deployed | undefined;
}

/** The list of approved releases. */
export interface LiveList extends Written {
  /** By Service of the slot: what the program wrote there last. */
  releases: Readonly<Record<string, string>>;
  /** Whether there are servers and no list: admission then refuses every weight. */
  isMissing?: boolean | undefined;
}

export interface LiveRoute extends Written {
  /** When its rules were last written, by whomever; ISO 8601 in UTC. */
  writtenAt?: string | undefined;
}

/** What a slot is in the cluster, when the program starts. */
export interface LiveSlot extends Written {
  /** Its weight in the model's route; 0 for a shadow. */
  weight: number;
  /** Digest of the release that its servers load; its first digits where somebody else changed it. */
  release: string | undefined;
  /** Digest of what its pods were made of; undefined where the program that made them did not say. */
  pod?: string | undefined;
  /** Servers that are ready. */
  ready: number;
}

/** What the cluster holds of an environment: what a plain preview, which compares with state, does not see. */
export interface Live {
  /** By model, then by slot. */
  slots: ReadonlyMap<string, ReadonlyMap<Slot, LiveSlot>>;
  /** By model. */
  routes: Readonly<Record<"http" | "grpc", ReadonlyMap<string, LiveRoute>>>;
  approved: LiveList;
  /** Contents of the records of admitted releases. */
  records: readonly Readonly<Record<string, string>>[];
  /** Releases that may have no requests. */
  holds: readonly ModelHold[];
}

/** An environment that is not there yet. */
export const nothingLive: Live = {
  slots: new Map(),
  routes: { http: new Map(), grpc: new Map() },
  approved: { releases: {} },
  records: [],
  holds: [],
};

/**
 * What the program writes on an object of whose change it undoes. A plain update compares with state, which knows nothing of
 * that change; this text is new to it, so that the object is written anew. It stays the same until there is another change.
 */
export function undoing({ changed, undone }: Written = {}): string | undefined {
  return changed === undefined ? undone : `${changed.manager} ${changed.at}`.trim();
}

/** The hold on a release of a model. */
export function holdOn(
  live: Pick<Live, "holds">,
  model: string,
  release: string,
): ModelHold | undefined {
  return live.holds.find((hold) => hold.model === model && hold.release.startsWith(release));
}

/**
 * The record that this environment made of a release when it admitted it. One whose manifest is not the one that the
 * digest names counts as none, and so does one that lets a shadow have copies of requests alone.
 */
export function recordOf(
  live: Pick<Live, "records">,
  digest: string,
): Readonly<Record<string, string>> | undefined {
  return soundRecords(live, digest).find((record) => !isShadowRecord(record));
}

/** The record that this environment made of a release when it admitted it as a shadow, by the same rule. */
export function shadowRecordOf(
  live: Pick<Live, "records">,
  digest: string,
): Readonly<Record<string, string>> | undefined {
  return soundRecords(live, digest).find(isShadowRecord);
}

function soundRecords({ records }: Pick<Live, "records">, digest: string): Live["records"] {
  return records.filter(
    (record) => record["digest"] === digest && sha256Hex(record["manifest.json"] ?? "") === digest,
  );
}

/**
 * Finds what the stack file asks for and the traffic forbids: another release for a slot that has requests, and more
 * requests for a slot that cannot answer.
 */
export function checkAgainstLive(models: EnvironmentConfig["models"], live: Live): Problem[] {
  return Object.entries(models).flatMap(([model, wanted]) =>
    (["blue", "green"] as const).flatMap((slot): Problem[] => {
      const config = wanted[slot];
      const now = live.slots.get(model)?.get(slot);
      if (config === undefined || now?.release === undefined || "follow" in config) return [];
      const path = `isotherm:models.${model}.${slot}`;
      if (!isSameRelease(now.release, config.release)) {
        // Somebody else put another one there: that is put right, at once.
        const approved = live.approved.releases[`${model}-${slot}`];
        if (approved !== undefined && isSameRelease(approved, config.release)) return [];
        if (now.weight === 0 || wanted.surge === "replace") return [];
        const message =
          `${slot} has ${now.weight} % of the requests and keeps release "${shortDigest(now.release)}"; ` +
          `put "${shortDigest(config.release)}" into ${otherSlot[slot]} and move the weight there, ` +
          "or write `surge: replace`, which takes the servers away first";
        return [{ path: `${path}.release`, message }];
      }
      if (config.weight <= now.weight || now.ready > 0) return [];
      const message =
        `${slot} has no ready server, so its weight cannot rise from ${now.weight} to ${config.weight}: ` +
        `see \`kubectl get pods -l isotherm.dev/model=${model},isotherm.dev/slot=${slot}\``;
      return [{ path: `${path}.weight`, message }];
    }),
  );
}
