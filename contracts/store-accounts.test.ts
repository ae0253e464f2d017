import { expect, test } from "vitest";
import { buckets } from "./names.ts";
import { accountVariable, bucketPolicy, storeAccountNames } from "./store-accounts.ts";

// That a store keeps to the policies is shown where they are made: training-image/run/store-accounts.test.ts.

test("U-04 each account is in a policy, and nobody else is, nor everybody", () => {
  const named = Object.values(buckets).flatMap((bucket) =>
    bucketPolicy(bucket).Statement.flatMap(({ Principal }) => Principal.AWS),
  );
  expect(new Set(named)).toEqual(new Set(storeAccountNames));
});

test("a statement is about its own bucket, and listing about the keys below a prefix", () => {
  for (const bucket of Object.values(buckets)) {
    for (const { Action, Resource, Condition } of bucketPolicy(bucket).Statement) {
      const isList = Action === "s3:ListBucket";
      for (const one of [Resource].flat()) {
        expect(one === `arn:aws:s3:::${bucket}`).toBe(isList);
        expect(one.startsWith(`arn:aws:s3:::${bucket}`)).toBe(true);
      }
      if (!isList) expect(Condition).toBeUndefined();
    }
  }
  const recorder = bucketPolicy(buckets.releases).Statement.find(
    ({ Action, Principal }) =>
      Action === "s3:ListBucket" && [Principal.AWS].flat().includes("recorder"),
  );
  expect(recorder).toEqual({
    Effect: "Allow",
    Principal: { AWS: ["recorder", "reader"] },
    Action: "s3:ListBucket",
    Resource: "arn:aws:s3:::isotherm",
    Condition: { StringLike: { "s3:prefix": "ledger/*" } },
  });
});

test("a policy fits into an extended attribute of ext4, which is where versitygw keeps it", () => {
  for (const bucket of Object.values(buckets)) {
    expect(JSON.stringify(bucketPolicy(bucket)).length).toBeLessThan(3_600);
  }
});

test("each account has a variable of its own for its secret", () => {
  expect(accountVariable("server")).toBe("ACCOUNT_SERVER_SECRET");
  expect(new Set(storeAccountNames.map(accountVariable)).size).toBe(storeAccountNames.length);
});
