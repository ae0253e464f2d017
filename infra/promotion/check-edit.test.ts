import { expect, it } from "vitest";
import { checkEdit } from "./check-edit.ts";

const text = `config:
  isotherm:role: environment
  isotherm:target: { kind: cluster }
  isotherm:models:
    wine:
      blue: { release: "2f9c0b71d4aa" }
      gates: [{ metric: accuracy, atLeast: 0.85 }]
`;
const stack = { file: "stacks/Pulumi.prod.yaml", text };

it("an edit that the program takes is let through", () => {
  expect(() => checkEdit(stack, text.replace("2f9c0b71d4aa", "81aa52c09e13"))).not.toThrow();
});

it("an edit that the program would refuse is refused, each mistake with its path", () => {
  const broken = text.replace("2f9c0b71d4aa", "81aa").replace("atLeast", "atleast");
  expect(() => checkEdit(stack, broken)).toThrow(
    /Pulumi\.prod\.yaml would not be accepted, so it was not written:\n {2}isotherm:models\.wine\.blue\.release: must be 12 or 64[^]*isotherm:models\.wine\.gates\[0\]/,
  );
});

it("a mistake that the file has already is not the edit's", () => {
  const typo = text.replace("role: environment", "role: environment\n  isotherm:modles: {}");
  const edited = typo.replace("2f9c0b71d4aa", "81aa52c09e13");
  expect(() => checkEdit({ ...stack, text: typo }, edited)).not.toThrow();
});
