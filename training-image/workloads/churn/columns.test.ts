import { describe, expect, it } from "vitest";
import { BadInputError } from "../errors.ts";
import { columnsOf, parseColumns } from "./columns.ts";

const telcoHeader =
  "customerID,gender,SeniorCitizen,Partner,Dependents,tenure,PhoneService,MultipleLines,InternetService,OnlineSecurity,OnlineBackup,DeviceProtection,TechSupport,StreamingTV,StreamingMovies,Contract,PaperlessBilling,PaymentMethod,MonthlyCharges,TotalCharges,Churn".split(
    ",",
  );

describe("the columns of a table", () => {
  it("are known for the public Telco layout", () => {
    const columns = columnsOf(telcoHeader, "");
    expect(columns.get("customerID")).toBe("identifier");
    expect(columns.get("TotalCharges")).toBe("number");
    expect(columns.get("Contract")).toBe("category");
    expect(columns.get("Churn")).toBe("target");
    expect(columns.size).toBe(21);
  });

  it("may be described, in any order and over lines", () => {
    const columns = columnsOf(
      ["size", "id", "gone", "colour"],
      "gone:target,\n size:number, colour : category, id:identifier",
    );
    expect([...columns]).toEqual([
      ["gone", "target"],
      ["size", "number"],
      ["colour", "category"],
      ["id", "identifier"],
    ]);
    expect(parseColumns("a:b:number, c:target").get("a:b")).toBe("number");
  });

  it("may lack an identifier, from which nothing is learnt", () => {
    expect(columnsOf(telcoHeader.slice(1), "").get("Churn")).toBe("target");
  });

  it.each([
    [
      "a missing target",
      "K-09",
      ["size"],
      "size:number, gone:target",
      "target column gone is missing",
    ],
    [
      "a column that nobody described",
      "T-14",
      ["size", "age", "gone"],
      "size:number, gone:target",
      "column age is not described: name it, as identifier where it says nothing",
    ],
    [
      "a known table with a column too few",
      "T-14",
      telcoHeader.filter((name) => name !== "tenure"),
      "",
      "number column tenure is missing",
    ],
    [
      "a table that nobody knows",
      "T-14",
      ["a", "b"],
      "",
      "the columns a, b are none that are known",
    ],
    [
      "an unknown kind",
      "T-14",
      ["a"],
      "a:text",
      "'a:text' is not a name and one of number, category",
    ],
    ["a name alone", "T-14", ["a"], "a", "'a' is not a name"],
    ["two targets", "T-14", ["a", "b"], "a:target, b:target", "must be the target, found 2"],
    ["a column named twice", "T-14", ["a"], "a:number, a:target", "'a' is named twice"],
  ])("%s is refused (%s)", (_, _id, header, description, message) => {
    expect(() => columnsOf(header, description)).toThrow(BadInputError);
    expect(() => columnsOf(header, description)).toThrow(message);
  });
});
