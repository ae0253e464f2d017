import { expect, test } from "vitest";
import { BackupDestination } from "./destination.ts";

test("a destination without a prefix begins at the bucket's root", async () => {
  const asked: string[] = [];
  const store = { listEntries: (_: string, prefix: string) => (asked.push(prefix), []) };
  await new BackupDestination(store as never, "b", "").points();
  expect(asked).toEqual(["points/"]);
});
