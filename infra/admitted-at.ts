import { admittedThen, isShadowRecord } from "../contracts/admission-record.ts";
import { isSameRelease } from "../contracts/release.ts";
import type { Live } from "./live.ts";

/**
 * When an environment admitted a release, by the record that it keeps in the cluster. A shadow was not admitted for requests.
 * @param release 12 digits or more
 * @returns milliseconds since 1970; undefined where there is no such record
 */
export function admittedAt(
  { records }: Pick<Live, "records">,
  release: string,
): number | undefined {
  const record = records.find(
    (one) => isSameRelease(one["digest"] ?? "", release) && !isShadowRecord(one),
  );
  const admission = record && admittedThen(record);
  return admission && Date.parse(admission.admittedAt);
}

/** Releases that one deployment admits are admitted in no order, though not in the same millisecond. */
const oneDeployment = 5_000;

/**
 * Whether an environment admitted one release before another; one that it has a record of comes before one that it has none of.
 * @returns undefined where the records do not say: there are none, or both came at once
 */
export function admittedBefore(
  live: Pick<Live, "records">,
  one: string,
  another: string,
): boolean | undefined {
  const [of, than] = [admittedAt(live, one), admittedAt(live, another)];
  if (of === undefined && than === undefined) return undefined;
  if (of === undefined || than === undefined) return than === undefined;
  return Math.abs(of - than) < oneDeployment ? undefined : of < than;
}
