/** A record of other values under the same or other names. */
export function mapEntries<Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  entry: (name: Name, value: From) => readonly [string, To],
): Record<Name, To> {
  const entries = Object.entries<From>(record).map(([name, value]) => entry(name as Name, value));
  return Object.fromEntries(entries) as Record<Name, To>;
}
