import { shortDigest } from "../../contracts/release.ts";
import type { Stack } from "./stacks.ts";
import type { NamedSlot } from "./sync.ts";

/** A namespace without the keys of an object store: its environment was never brought up, or is being. */
export class NoRegistryError extends Error {
  readonly namespace: string;

  constructor(namespace: string) {
    super(
      `namespace ${namespace} has no credentials of an object store: run \`pulumi up\` for that environment first`,
    );
    this.name = "NoRegistryError";
    this.namespace = namespace;
  }
}

/** What a stack file's releases wait for, where its environment has no registry yet to copy them to. */
export function describeNoRegistry(
  { environment, file }: Pick<Stack, "environment" | "file">,
  named: readonly Pick<NamedSlot, "model" | "release">[],
): string {
  const none = `${environment} has no registry yet, which its first \`pulumi up\` makes`;
  if (named.length === 0) return `${none}; ${file} names no release, so there is nothing to copy`;
  const releases = new Set(named.map(({ model, release }) => `${model}@${shortDigest(release)}`));
  return (
    `${none}, and which refuses ${[...releases].join(", ")}, because no registry has what it names: ` +
    `run \`npm run releases -- sync --stack ${environment}\` and \`pulumi up --stack ${environment}\` again after it`
  );
}
