import * as pulumi from "@pulumi/pulumi";
import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import { keys } from "../../contracts/names.ts";

/** Who deploys, and from which commit of the sources. */
export interface Deployer {
  deployer: string;
  commit: string;
}

/** What an object says of who deployed it last. */
export interface Deployed extends Deployer {
  /** Digest of what they deployed. */
  of: string;
}

/** Who deploys now, and what the object in the cluster says. */
export interface Deployment {
  now: Deployer;
  /** Undefined where it is not there, or does not say. */
  before?: Deployed | undefined;
}

/**
 * Annotations that say who deployed what an object says, for the ledger. They change only where that changes: the next
 * commit alone is no reason to write an object anew.
 * @param what all that counts as a change of the object
 */
export function deployedAnnotations(
  what: Readonly<Record<string, pulumi.Input<unknown>>>,
  { now, before }: Deployment,
): Record<string, pulumi.Output<string>> {
  const said = pulumi.all(what).apply((value): Deployed => {
    const of = sha256Hex(canonicalJson(value)).slice(0, 16);
    return before?.of === of ? before : { ...now, of };
  });
  return {
    [keys.deployer]: said.deployer,
    [keys.commit]: said.commit,
    [keys.deployed]: said.of,
  };
}
