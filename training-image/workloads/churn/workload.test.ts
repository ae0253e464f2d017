import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DriftBaseline } from "../../../contracts/baseline.ts";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { ModelContract, takesColumns } from "../../../contracts/model-contract.ts";
import { createRandom } from "../../engine/random.ts";
import { testContext } from "../../testing/training-context.ts";
import { BadInputError } from "../errors.ts";
import type { LabelledTable } from "../table.ts";
import { pick } from "../validation.ts";
import { churn } from "./declaration.ts";
import { encode, fitEncoding } from "./encoding.ts";
import { classifyRows } from "./model.ts";
import { churnWorkload } from "./workload.ts";

const file = await readFile((churnWorkload.dataSet as { file: URL }).file);
const text = gunzipSync(file).toString();
const bytes = (content: string) => new TextEncoder().encode(content);
const read = (content: string, parameters = {}) => churnWorkload.read(bytes(content), parameters);
const context = (parameters = {}) => testContext(churn, { folds: 0, ...parameters });

/** Rows in the layout of the public Telco table, of which contract, tenure and charges say who leaves. */
function telcoRows(count: number): string {
  const random = createRandom(3);
  const one = (...words: string[]) => words[Math.floor(random.uniform() * words.length)] as string;
  const header =
    "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn";
  const rows = Array.from({ length: count }, (_, index) => {
    const tenure = Math.floor(72 * random.uniform());
    const monthly = 20 + 100 * random.uniform();
    const contract = one("Month-to-month", "One year", "Two year");
    const risk = (contract === "Month-to-month" ? 2 : -1) + monthly / 50 - tenure / 20;
    const leaves = random.uniform() < 1 / (1 + Math.exp(-2 * risk));
    const service = () => one("Yes", "No", "No internet service");
    return [
      ...[`${index}-ABCDE`, one("Female", "Male"), one("0", "1"), one("Yes", "No")],
      ...[one("Yes", "No"), tenure, one("Yes", "No"), one("Yes", "No", "No phone service")],
      ...[one("DSL", "Fiber optic", "No"), service(), service(), service(), service(), service()],
      ...[service(), contract, one("Yes", "No")],
      ...[one("Electronic check", "Mailed check", "Bank transfer (automatic)"), monthly.toFixed(2)],
      // The public file has a blank here where a customer is new.
      ...[tenure === 0 ? " " : (tenure * monthly).toFixed(2), leaves ? "Yes" : "No"],
    ].join(",");
  });
  return [header, ...rows].join("\n");
}

describe("the churn workload", () => {
  it("K-01 K-09 tells who leaves, in its own table and over folds, and measures all that it declares", async () => {
    expect(sha256Hex(file)).toBe((churnWorkload.dataSet as { sha256: string }).sha256);
    const { data, rows, warnings } = churnWorkload.read(file, {});
    expect(rows).toBe(7000);
    expect(warnings).toEqual(["column total_charges: 1.2 % is missing, filled with the median"]);
    const trained = await churnWorkload.train(data, context());
    const metrics = await churnWorkload.evaluate(data, trained, context({ folds: 2 }));
    expect(Object.keys(metrics).sort()).toEqual(Object.keys(churn.metrics).sort());
    expect(metrics).toMatchObject(await churnWorkload.score!(data, trained, context()));
    expect(metrics["auc_roc"]).toBeGreaterThan(0.89);
    expect(metrics["cv_auc_mean"]).toBeGreaterThan(0.89);
    expect(metrics["accuracy"]).toBeGreaterThan(0.82);
    expect(metrics["f1"]).toBeGreaterThan(0.65);
    expect(metrics["log_loss"]).toBeLessThan(0.4);
  });

  it("U-13 gives a model that takes raw columns, words and missing values included", async () => {
    const { data } = churnWorkload.read(file, {});
    const { model, contract, baseline, example } = await churnWorkload.train(data, context());
    expect(ModelContract.parse(contract)).toEqual(contract);
    expect(takesColumns(contract)).toBe(true);
    expect(DriftBaseline.parse(baseline)).toEqual(baseline);
    expect(Object.keys(example!)).toEqual(contract.features.map(({ name }) => name));
    expect(contract.features[1]).toEqual({
      name: "contract",
      categories: ["month-to-month", "one-year", "two-year"],
    });
    expect(contract.features[0]).toEqual({ name: "tenure", range: [1, 72] });
    const table = data as LabelledTable;
    const filled = Float64Array.from(table.rows[0] as Float64Array);
    const [missing, unknown] = [filled.slice(), filled.slice()];
    const { median } = fitEncoding(table, [...table.rows.keys()]).standardiser;
    filled[0] = median[0] as number;
    missing[0] = Number.NaN;
    missing[1] = Number.NaN;
    filled[1] = 99;
    unknown[0] = median[0] as number;
    unknown[1] = 98;
    const [a, b, c] = await classifyRows(model, table, [filled, missing, unknown]);
    // The training part's median may differ from that of all rows by a little.
    expect(a![1]).toBeCloseTo(b![1]!, 2);
    expect(a![1]).toBe(c![1]);
  });

  it("reads the public Telco layout: identifiers aside, blanks as missing, words as they are", async () => {
    const { data, warnings } = read(telcoRows(1500));
    const table = data as LabelledTable;
    expect(table.features).toHaveLength(19);
    expect(table.classes).toEqual(["No", "Yes"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^column TotalCharges: \d\.\d % is missing, filled with the median$/,
    );
    const trained = await churnWorkload.train(data, context());
    expect(trained.contract.classes).toEqual(["No", "Yes"]);
    const metrics = await churnWorkload.evaluate(data, trained, context());
    expect(metrics["auc_roc"]).toBeGreaterThan(0.85);
  });

  it("reads any table whose columns are described", () => {
    const rows = Array.from(
      { length: 1200 },
      (_, row) => `${row},${row % 7},${row % 3 ? "a" : "b"},${row % 2 ? "true" : "false"}`,
    );
    const content = ["id,size,colour,gone", ...rows].join("\r\n");
    const columns = "id:identifier, size:number, colour:category, gone:target";
    const { data } = read(content, { columns });
    expect(data).toMatchObject({
      features: [{ name: "size" }, { name: "colour", categories: ["a", "b"] }],
      classes: ["false", "true"],
    });
    expect((data as LabelledTable).labels.slice(0, 3)).toEqual([0, 1, 0]);
  });

  it("comes to the same bytes each time, and to others by another seed", async () => {
    const { data } = churnWorkload.read(file, {});
    const digest = async (seed: number) =>
      sha256Hex((await churnWorkload.train(data, context({ steps: 30, seed }))).model);
    expect(await digest(1)).toBe(await digest(1));
    expect(await digest(1)).not.toBe(await digest(2));
  });
});

describe("the encoding", () => {
  it("gives every category seen in training a place, and none to another", () => {
    const table: LabelledTable = {
      features: [{ name: "colour", categories: ["blue", "green", "red"] }, { name: "size" }],
      rows: [
        [0, 2],
        [2, 4],
        [1, Number.NaN],
        [Number.NaN, 3],
      ].map((row) => Float64Array.from(row)),
      labels: [0, 1, 0, 1],
      classes: ["no", "yes"],
    };
    const encoding = fitEncoding(table, [0, 1]);
    expect(encoding.width).toBe(3);
    const rows = encode(table.rows, encoding);
    expect([...rows]).toEqual([-1, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(pick([...rows], [0, 3])).toEqual([-1, 1]);
  });
});

describe("churn data", () => {
  const lines = text.trimEnd().split("\n");
  const altered = (change: (lines: string[]) => void) => {
    const copy = [...lines];
    change(copy);
    return copy.join("\n");
  };

  it.each<[string, (all: string[]) => void, RegExp]>([
    ["too few rows", (all) => all.splice(1001), /1000 rows, wanted at least 1001/],
    [
      "no target column",
      (all) => (all[0] = (all[0] as string).replace(",churn", ",gone")),
      /columns .* are none that are known/,
    ],
    [
      "a missing target",
      (all) => (all[5] = (all[5] as string).replace(/.$/, "")),
      /row 5 has no churn, which is the target/,
    ],
    [
      "a third class",
      (all) => (all[2] = (all[2] as string).replace(/.$/, "2")),
      /churn has 3 values \(0, 1, 2\), wanted 2/,
    ],
    [
      "text for a number",
      (all) => (all[3] = (all[3] as string).replace(/^\d+/, "long")),
      /row 3 has 'long' as tenure, wanted a number/,
    ],
    ["a row cut off", (all) => (all[4] = "1,2"), /CSV: Invalid Record Length.*line 5/],
  ])("with %s is refused (T-14)", (_, change, message) => {
    expect(() => read(altered(change))).toThrow(BadInputError);
    expect(() => read(altered(change))).toThrow(message);
  });

  it("K-09 drops a column that is mostly missing, with a warning, and the model does not ask for it", async () => {
    const sparse = altered((all) => {
      for (let row = 1; row < 4000; row++) {
        const cells = (all[row] as string).split(",");
        cells[3] = "";
        all[row] = cells.join(",");
      }
    });
    const { data, warnings } = read(sparse);
    expect(warnings[0]).toBe("column monthly_charges is dropped: 57.1 % of it is missing");
    const { contract } = await churnWorkload.train(data, context({ steps: 1 }));
    expect(contract.inputs.map(({ name }) => name)).not.toContain("monthly_charges");
  });

  it("refuses a category that tells rows apart", () => {
    const columns =
      "tenure:category, contract:category, internet_service:category, monthly_charges:category, total_charges:number, tech_support:category, payment_method:category, senior_citizen:number, support_calls:number, churn:target";
    expect(() => read(text, { columns })).toThrow(
      "category column monthly_charges has 4495 values, at most 100: it may be a number or an identifier",
    );
  });
});
