import { expect, it } from "vitest";
import { rollBack } from "./rollback.ts";
import { parseStack } from "./stacks.ts";

const text = `config:
  isotherm:role: environment
  isotherm:models:
    heat:
      blue: { release: "2f9c0b71d4aa", weight: 90 } # steady
      green: { release: "81aa52c09e13", from: staging, weight: 10 }
      gates: [{ metric: pde_loss, below: 1e-3 }]
      floor: "2f9c0b71d4aa"
`;
const history = [["2f9c0b71d4aa"], ["2f9c0b71d4aa", "81aa52c09e13"]];
const stack = (changed = text) => parseStack("prod", changed);

it("N-03 gives the requests back to what served before, in the text, and leaves the release in its slot", () => {
  const { text: edited } = rollBack(stack(), "heat", history);
  expect(edited).toBe(
    text.replace("weight: 90", "weight: 100").replace("weight: 10 }", "weight: 0 }"),
  );
  expect(rollBack(stack(edited), "heat", history)).toEqual({ edits: [], text: edited });
});

it("T-11 stops at the floor of the stack file", () => {
  const raised = stack(text.replace('floor: "2f9c0b71d4aa"', 'floor: "81aa52c09e13"'));
  expect(() => rollBack(raised, "heat", history)).toThrow("older than the floor 81aa52c09e13");
});

it("is refused for a model that is not there, or follows a training", () => {
  expect(() => rollBack(stack(), "wine", history)).toThrow('no model "wine"; there is heat');
  const following = text
    .replace('{ release: "2f9c0b71d4aa", weight: 90 }', "{ follow: heat }")
    .replace(/ {6}green.*\n/, "");
  expect(() => rollBack(stack(following), "heat", history)).toThrow("heat follows training heat");
});
