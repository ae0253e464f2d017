/** The three numbers of a version; anything after them (a pre-release, a Debian revision) is left out. */
export type Version = readonly [major: number, minor: number, patch: number];

/**
 * Finds the first `1.2` or `1.2.3` in a text such as `go version go1.26.8 linux/amd64`.
 * Returns undefined where there is none.
 */
export function findVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** Negative where `left` is the older one, 0 where both are equal, positive where it is the newer one. */
export function compareVersions(left: Version, right: Version): number {
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** Whether the version found in `text` is `minimum` or newer; a text without a version is not. */
export function atLeast(text: string, minimum: string): boolean {
  const found = findVersion(text);
  const wanted = findVersion(minimum);
  if (wanted === undefined) throw new Error(`not a version: ${JSON.stringify(minimum)}`);
  return found !== undefined && compareVersions(found, wanted) >= 0;
}
