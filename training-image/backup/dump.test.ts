import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "../../contracts/canonical.ts";
import { fetchDump, putDump } from "./dump.ts";
import { TwoStores } from "./testing/two-stores.ts";

let stores: TwoStores;
beforeEach(() => void (stores = new TwoStores()));
afterEach(() => stores.remove());

describe("a dump", () => {
  it("is stored in parts and laid out again; a part that is missing or altered is found", async () => {
    const { destination } = stores.clients();
    const text = "0123456789".repeat(10);
    writeFileSync(stores.dump, text);
    const database = { ...(await putDump(destination, stores.dump, 32)), program: "" };
    expect(database.parts.map(({ size }) => size)).toEqual([32, 32, 32, 4]);
    expect(database).toMatchObject({ size: 100, sha256: sha256Hex(text) });
    const copy = join(stores.folder, "copy");
    await fetchDump(destination, { database }, copy);
    expect(readFileSync(copy, "utf8")).toBe(text);
    const swapped = { ...database, parts: database.parts.toReversed() };
    await expect(fetchDump(destination, { database: swapped }, copy)).rejects.toThrow(
      "its parts are not the whole",
    );
    stores.away.objects.delete(`backups/isotherm/prod/objects/${database.parts.at(-1)!.sha256}`);
    await expect(fetchDump(destination, { database }, copy)).rejects.toThrow("is missing");
  });

  it("that is empty is refused", async () => {
    writeFileSync(stores.dump, "");
    await expect(stores.backUp()).rejects.toThrow("is empty: it is no dump");
    expect(stores.stored("points")).toEqual([]);
  });
});
