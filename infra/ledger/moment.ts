import { z } from "zod";

/** A point in time, or a whole day in UTC. */
export interface Moment {
  from: Date;
  /** The end of the day; undefined for a point in time. */
  until: Date | undefined;
}

/**
 * Reads `2026-11-01` (that day, UTC) or a time with its zone, such as `2026-11-01T10:00:00Z`.
 * @returns undefined where it is neither
 */
export function parseMoment(text: string): Moment | undefined {
  if (z.iso.date().safeParse(text).success) {
    const from = new Date(`${text}T00:00:00Z`);
    return { from, until: new Date(from.getTime() + 86_400_000 - 1) };
  }
  const isTime = z.iso.datetime({ offset: true, precision: null }).safeParse(text).success;
  return isTime ? { from: new Date(text), until: undefined } : undefined;
}
