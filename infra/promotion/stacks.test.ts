import { describe, expect, it } from "vitest";
import { allModels, modelOf, parseStack } from "./stacks.ts";

const text = `config:
  isotherm:role: environment
  isotherm:target: { kind: cluster, context: prod }
  isotherm:models:
    wine:
      gates: [{ metric: accuracy, atLeast: 0.85 }]
      maxAge: 2h
    heat:
      blue: { release: "2f9c0b71d4aa" }
      green: { release: "81aa52c09e13", from: staging }
      gates: [{ metric: pde_loss, below: 1e-3 }]
`;

describe("a stack file, as a promotion reads it", () => {
  it("has its models by the program's own schema, one without a slot too", () => {
    const stack = parseStack("prod", text);
    expect(stack).toMatchObject({ file: "stacks/Pulumi.prod.yaml", context: "prod" });
    expect(modelOf(stack, "wine")).toMatchObject({ slots: {}, maxAgeSeconds: 7_200 });
    expect(modelOf(stack, "heat").slots).toEqual({
      blue: { release: "2f9c0b71d4aa", weight: 100 },
      green: { release: "81aa52c09e13", from: "staging", weight: 0 },
    });
    expect([...allModels(stack).keys()]).toEqual(["wine", "heat"]);
  });

  it("with mistakes in one model still lets another be worked on", () => {
    const broken = text.replace("maxAge: 2h", "maxAge: long\n      weight: 3");
    const stack = parseStack("prod", broken);
    expect(modelOf(stack, "heat").gates).toHaveLength(1);
    const mistakes =
      /Pulumi\.prod\.yaml:\n {2}isotherm:models\.wine\.maxAge: must be a duration.*\n {2}isotherm:models\.wine\.weight: unknown key$/;
    expect(() => modelOf(stack, "wine")).toThrow(mistakes);
    expect(() => allModels(stack)).toThrow(mistakes);
  });

  it("of a cluster is refused: it serves no models", () => {
    expect(() => parseStack("cluster", "config: { isotherm:role: cluster }")).toThrow(
      "isotherm:role: must be environment",
    );
  });
});
