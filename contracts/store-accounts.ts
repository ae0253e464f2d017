import { buckets } from "./names.ts";

/** All keys of a bucket. */
const everything = "*";

/** What an account may do with the keys below these prefixes; without one of them, nothing of the kind. */
export interface Rights {
  bucket: string;
  get?: readonly string[];
  put?: readonly string[];
  delete?: readonly string[];
  list?: readonly string[];
  /** Give up an upload in parts. */
  abort?: readonly string[];
}

const release = ["releases/", "blobs/"] as const;
const logs = ["audit/", "feedback/"] as const;
/** What a Job remembers of itself between two attempts. */
const memory = ["jobs/", "turns/", "sweeps/", "checkpoints/"] as const;
const { releases, artifacts } = buckets;

/**
 * The accounts of an environment's object store, and the least that each needs. Its administrator's keys are held by the
 * store itself, and by the Job that makes the buckets and these accounts.
 */
export const storeAccounts = {
  /** Model servers: load releases, log answers and labels. */
  server: [{ bucket: releases, get: release, put: logs }],
  /** The ledger's recorder. */
  recorder: [{ bucket: releases, get: ["ledger/"], put: ["ledger/"], list: ["ledger/"] }],
  /** Trainings and sweeps. */
  training: [
    {
      bucket: releases,
      get: [...release, "datasets/", ...memory],
      put: [...release, ...memory],
      delete: ["checkpoints/"],
      list: ["turns/", "checkpoints/"],
    },
  ],
  /** Batch inference. */
  batch: [
    {
      bucket: releases,
      get: [...release, "datasets/", "predictions/"],
      put: ["predictions/"],
    },
  ],
  /** Measures of drift and of shadows, which also delete old logs. */
  drift: [
    {
      bucket: releases,
      get: [...release, ...logs],
      put: ["drift/", "shadow/"],
      delete: logs,
      list: logs,
    },
  ],
  /** MLflow. */
  registry: [
    {
      bucket: artifacts,
      get: [everything],
      put: [everything],
      delete: [everything],
      list: [everything],
      abort: [everything],
    },
  ],
  backup: [releases, artifacts].map((bucket) => ({
    bucket,
    get: [everything],
    list: [everything],
  })),
  /** A restore writes what is not there, and deletes nothing. */
  restore: [releases, artifacts].map((bucket) => ({
    bucket,
    get: [everything],
    put: [everything],
    list: [everything],
  })),
  /** People's tools on the environment that a release comes from, previews, and what reads the ledger. */
  reader: [
    {
      bucket: releases,
      get: [...release, "datasets/", "comparisons/", "ledger/"],
      list: ["comparisons/", "ledger/"],
    },
  ],
  /** People's tools on the environment that a release goes to, and data sets that somebody pushes. */
  writer: [
    {
      bucket: releases,
      get: [...release, "datasets/", "comparisons/", "jobs/"],
      put: [...release, "datasets/", "comparisons/", "jobs/"],
      list: ["datasets/", "comparisons/"],
    },
  ],
} as const satisfies Record<string, readonly Rights[]>;

export type StoreAccount = keyof typeof storeAccounts;

export const storeAccountNames = Object.keys(storeAccounts) as StoreAccount[];

/** The variable in which the Job that makes the accounts finds the secret of one. */
export function accountVariable(account: StoreAccount): string {
  return `ACCOUNT_${account.toUpperCase()}_SECRET`;
}

const actions = {
  get: "s3:GetObject",
  put: "s3:PutObject",
  delete: "s3:DeleteObject",
  list: "s3:ListBucket",
  abort: "s3:AbortMultipartUpload",
} as const;
const verbs = Object.keys(actions) as (keyof typeof actions)[];

interface Statement {
  Effect: "Allow";
  Principal: { AWS: OneOrMore };
  Action: OneOrMore;
  Resource: OneOrMore;
  Condition?: { StringLike: { "s3:prefix": OneOrMore } };
}
type OneOrMore = string | readonly string[];

/**
 * A bucket's policy, in S3's policy language: what the accounts may do in it, and so that nobody else may do anything.
 * Rights that the same accounts have are one statement, because versitygw keeps a policy in an extended attribute, for
 * which a file system may have no more than 4 KB.
 */
export function bucketPolicy(bucket: string): { Version: string; Statement: Statement[] } {
  // Which accounts may do something with a prefix; then which such things the same accounts may do.
  const holders = new Map<
    string,
    { verb: (typeof verbs)[number]; prefix: string; who: string[] }
  >();
  for (const [account, allowed] of Object.entries<readonly Rights[]>(storeAccounts)) {
    for (const rights of allowed.filter((one) => one.bucket === bucket)) {
      for (const verb of verbs) {
        for (const prefix of rights[verb] ?? []) {
          const key = `${verb} ${prefix}`;
          const held = holders.get(key) ?? { verb, prefix, who: [] };
          held.who.push(account);
          holders.set(key, held);
        }
      }
    }
  }
  const byHolders = Map.groupBy(
    holders.values(),
    ({ verb, who }) => `${verb === "list"} ${who.join()}`,
  );
  const statements = [...byHolders.values()].flatMap((alike) => {
    const byPrefix = Map.groupBy(alike, ({ prefix }) => prefix);
    const byVerbs = Map.groupBy(byPrefix, ([, held]) => held.map(({ verb }) => verb).join());
    return [...byVerbs.values()].map((same) => {
      const [[, held]] = same as [(typeof same)[number]];
      const who = held[0]?.who ?? [];
      return statement(
        bucket,
        who,
        held.map(({ verb }) => verb),
        same.map(([prefix]) => prefix),
      );
    });
  });
  return { Version: "2012-10-17", Statement: statements };
}

function statement(
  bucket: string,
  who: readonly string[],
  may: readonly (typeof verbs)[number][],
  prefixes: readonly string[],
): Statement {
  const resource = `arn:aws:s3:::${bucket}`;
  const patterns = prefixes.map((prefix) => (prefix === everything ? "*" : `${prefix}*`));
  const shared = {
    Effect: "Allow" as const,
    Principal: { AWS: oneOrMore(who) },
    Action: oneOrMore(may.map((verb) => actions[verb])),
  };
  if (!may.includes("list")) {
    return { ...shared, Resource: oneOrMore(patterns.map((pattern) => `${resource}/${pattern}`)) };
  }
  const below = { Condition: { StringLike: { "s3:prefix": oneOrMore(patterns) } } };
  return { ...shared, Resource: resource, ...(prefixes.includes(everything) ? {} : below) };
}

function oneOrMore(values: readonly string[]): OneOrMore {
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}
