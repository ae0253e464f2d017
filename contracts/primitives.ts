import { z } from "zod";

/** A DNS-1123 label: what Kubernetes, URLs and S3 keys all accept. */
export const Name = z
  .string()
  .regex(
    /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
    "must be 1-40 of a-z, 0-9 and '-', starting with a letter",
  );

/** Name of a metric or a parameter. */
export const Identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, "must be a letter or '_', then letters, digits or '_'");

/** Full SHA-256 in lower-case hexadecimal. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits");

/** A point in time, ISO 8601 in UTC. */
export const Instant = z.iso.datetime();

/** What JSON cannot write as a number is kept by name, so that a gate sees it and refuses. */
export const MetricValue = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);
export type MetricValue = z.infer<typeof MetricValue>;

export const Metrics = z.record(Identifier, MetricValue);
export type Metrics = z.infer<typeof Metrics>;

/** The JSON form of a measured number: non-finite values by name. */
export function metricValue(value: number): MetricValue {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}
