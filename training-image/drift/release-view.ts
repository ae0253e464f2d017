import type { AuditRecord } from "../../contracts/audit-record.ts";
import { DriftBaseline, type FeatureBaseline } from "../../contracts/baseline.ts";
import type { FeatureDrift } from "../../contracts/drift.ts";
import { unpackRows } from "../../contracts/packed-rows.ts";
import { ModelContract } from "../../contracts/model-contract.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { fileByRole, type ReleaseManifest } from "../../contracts/release.ts";
import { ReleaseStore } from "../../contracts/release-store.ts";
import { BinCounts } from "./psi.ts";

/** What is counted of one release in a window. */
export class ReleaseView {
  readonly release: string;
  readonly manifest: ReleaseManifest;
  readonly contract: ModelContract;
  /** Undefined where the release has none: nothing can be said about drift then. */
  readonly baseline: DriftBaseline | undefined;
  readonly #features: BinCounts[];
  readonly #prediction: BinCounts | undefined;
  readonly redacted = new Set<string>();
  records = 0;
  rows = 0;
  /** Of those whose inputs are logged. */
  inputRows = 0;

  private constructor(
    release: string,
    manifest: ReleaseManifest,
    contract: ModelContract,
    baseline: DriftBaseline | undefined,
  ) {
    this.release = release;
    this.manifest = manifest;
    this.contract = contract;
    this.baseline = baseline;
    this.#features = (baseline?.features ?? []).map((feature) => new BinCounts(feature));
    this.#prediction = baseline?.prediction && new BinCounts(baseline.prediction);
  }

  /** @throws Error where the release is not in the store, or not what its digest says */
  static async open(
    objects: Pick<ObjectStore, "get" | "putOnce">,
    bucket: string,
    release: string,
  ): Promise<ReleaseView> {
    const store = new ReleaseStore(objects, bucket);
    const manifest = await store.manifest(release);
    const read = async (role: "contract" | "baseline"): Promise<unknown> => {
      const file = fileByRole(manifest, role);
      return file && JSON.parse(new TextDecoder().decode(await store.file(file.sha256)));
    };
    const baseline = await read("baseline");
    return new ReleaseView(
      release,
      manifest,
      ModelContract.parse(await read("contract")),
      baseline === undefined ? undefined : DriftBaseline.parse(baseline),
    );
  }

  add(record: AuditRecord): void {
    this.records++;
    this.rows += record.rows;
    for (const name of record.redacted ?? []) this.redacted.add(name);
    for (const row of unpackRows(record.inputs ?? [])) {
      this.inputRows++;
      this.#features.forEach((counts, place) => counts.add(row[place]));
    }
    for (const prediction of this.predictionsOf(record)) this.#prediction?.add(prediction);
  }

  /** One prediction a row, classes by their names; none where an answer has no single one. */
  predictionsOf({ outputs }: AuditRecord): (string | number)[] {
    const { predictions, classes } = this.contract;
    const rows = unpackRows(outputs[predictions] ?? []);
    const flat = rows.map((row) =>
      Array.isArray(row) && row.length === 1 ? (row[0] as unknown) : row,
    );
    if (!flat.every((row) => typeof row === "number" || typeof row === "string")) return [];
    return flat.map((row) => (typeof row === "number" ? (classes?.[row] ?? row) : row));
  }

  /** Of every feature that is not redacted and has a value. */
  get features(): FeatureDrift[] {
    return (this.baseline?.features ?? []).flatMap(({ name }: FeatureBaseline, place) => {
      const counts = this.#features[place] as BinCounts;
      const { psi, values, missing } = counts;
      if (psi === undefined || this.redacted.has(name)) return [];
      return [{ name, psi, values, missing: missing / this.inputRows }];
    });
  }

  get predictionPsi(): number | undefined {
    return this.#prediction?.psi;
  }
}
