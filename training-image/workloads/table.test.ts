import { describe, expect, it } from "vitest";
import { BadInputError } from "./errors.ts";
import { checkTable, type LabelledTable } from "./table.ts";

const checks = { minimumRows: 4, minimumRowsPerClass: 2 };
const table = (rows: number[][], labels: number[]): LabelledTable => ({
  features: [{ name: "a" }, { name: "b" }],
  rows: rows.map((row) => Float64Array.from(row)),
  labels,
  classes: ["no", "yes"],
});
const [x, nothing] = [1, Number.NaN];

describe("checkTable", () => {
  it("K-09 names every reason against training on a table", () => {
    const small = table(
      [
        [x, x],
        [x, x],
      ],
      [0, 0],
    );
    expect(() => checkTable(small, checks)).toThrow(BadInputError);
    expect(() => checkTable(small, checks)).toThrow(
      "data: 2 rows, wanted at least 4; 0 rows of class yes, wanted at least 2",
    );
  });

  it("K-09 drops a column that is mostly missing, with a warning, and keeps one that is half there", () => {
    const rows = [
      [x, nothing],
      [nothing, nothing],
      [nothing, nothing],
      [x, x],
    ];
    const { table: kept, warnings } = checkTable(table(rows, [0, 1, 0, 1]), checks);
    expect(kept.features).toEqual([{ name: "a" }]);
    expect(kept.rows.map((row) => row.length)).toEqual([1, 1, 1, 1]);
    expect(warnings).toEqual([
      "column a: 50.0 % is missing, filled with the median",
      "column b is dropped: 75.0 % of it is missing",
    ]);
  });

  it("K-09 says of missing words that they are no category, as there is no median", () => {
    const rows = [[x], [x], [x], [nothing]];
    const words = {
      ...table(rows, [0, 1, 0, 1]),
      features: [{ name: "a", categories: ["b", "c"] }],
    };
    expect(checkTable(words, checks).warnings).toEqual([
      "column a: 25.0 % is missing, taken as no category",
    ]);
  });

  it("leaves a whole table as it is, without a word", () => {
    const whole = table(
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      [0, 0, 1, 1],
    );
    expect(checkTable(whole, checks)).toEqual({ table: whole, warnings: [] });
  });

  it("refuses a table without a usable column", () => {
    const empty = table(
      Array.from({ length: 4 }, () => [nothing, nothing]),
      [0, 0, 1, 1],
    );
    expect(() => checkTable(empty, checks)).toThrow("every column is mostly missing");
  });
});
