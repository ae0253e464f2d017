/** The stack that a resource belongs to: `urn:pulumi:<stack>::<project>::...`. */
export function stackOf(urn: string): string {
  return urn.split("::", 1)[0]?.split(":")[2] ?? "";
}
