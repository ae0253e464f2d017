/** Fields asked of `apt-get indextargets`, in the order {@link debianSources} reads them. */
export const indexTargetFormat =
  "$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)|$(ARCHITECTURE)|$(SIGNED_BY)";

/**
 * The lines of a sources.list that hold what Debian itself publishes for `suite`, from what this machine's apt uses:
 * other vendors' repositories stay out, and the mirror is the one the machine already trusts.
 */
export function debianSources(indexTargets: string, suite: string): string[] {
  const suites = new Set([suite, `${suite}-updates`, `${suite}-security`]);
  const lines = new Set<string>();
  for (const line of indexTargets.split("\n")) {
    const [origin, release = "", component, uri, architecture, signedBy = ""] = line.split("|");
    if (origin !== "Debian" || !suites.has(release) || component !== "main") continue;
    if (architecture !== "amd64") continue;
    const key = signedBy.startsWith("/") ? `[signed-by=${signedBy}] ` : "";
    lines.add(`deb ${key}${uri} ${release} ${component}`);
  }
  return [...lines];
}

/** Settings of `apt-config dump` that say how to reach a mirror, as options for another apt. */
export function proxyOptions(aptConfig: string): string[] {
  return aptConfig
    .split("\n")
    .filter((line) => /^Acquire::https?::(Proxy|CAInfo|Verify-Peer)\b.* ".+";$/i.test(line))
    .map((line) => line.replace(/;$/, ""));
}
