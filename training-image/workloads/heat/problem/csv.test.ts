import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../../../contracts/canonical.ts";
import { BadInputError } from "../../errors.ts";
import { readObservations, writeObservations } from "./csv.ts";
import { observe } from "./observations.ts";
import { heatProblem } from "./problem.ts";
import { solveReference } from "./reference.ts";

// A coarse reference: these tests are about the file, the benchmark's own test about its numbers.
const problem = heatProblem({ sensors: { training: 4, validation: 2 }, noise: 0.05 });
const made = () => observe(problem, solveReference(problem, 10));
const text = new TextDecoder().decode(writeObservations(made()));
const read = (content: string) => readObservations(new TextEncoder().encode(content));
const changed = (line: number, change: (fields: string[]) => void) => {
  const lines = text.split("\n");
  const fields = lines[line - 1]!.split(",");
  change(fields);
  lines[line - 1] = fields.join(",");
  return lines.join("\n");
};
const problemOf = (content: string): string => {
  try {
    read(content);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInputError);
    return (error as Error).message;
  }
  return "no problem";
};

describe("the heat problem's data set", () => {
  it("holds every reading once, training before validation", () => {
    const lines = text.trimEnd().split("\n");
    expect(lines[0]).toBe("role,x,y,t,u,u_clean");
    expect(lines[1]).toMatch(
      /^train,0\.279389899622,0\.112856261898,0\.050000,0\.\d{10},0\.\d{10}$/,
    );
    expect(lines).toHaveLength(1 + 6 * 20);
    expect(lines.filter((line) => line.startsWith("validation,"))).toHaveLength(40);
  });

  it("comes back as it was made, to the digits written", () => {
    const [wanted, found] = [made(), read(text)];
    for (const role of ["training", "validation"] as const) {
      for (const column of ["points", "u", "clean"] as const) {
        const [before, after] = [wanted[role][column]!, found[role][column]!];
        expect(after).toHaveLength(before.length);
        after.forEach((value, k) => expect(value).toBeCloseTo(before[k]!, 9));
      }
    }
  });

  it("is the same bytes each time, other bytes for another seed", () => {
    const bytes = (seed: number) =>
      writeObservations(observe({ ...problem, seed }, solveReference(problem, 10)));
    expect(sha256Hex(bytes(12345))).toBe(sha256Hex(new TextEncoder().encode(text)));
    expect(sha256Hex(bytes(1))).not.toBe(sha256Hex(bytes(12345)));
  });

  it("keeps the training readings where more sensors are held out", () => {
    const more = { ...problem, sensors: { training: 4, validation: 9 } };
    const { training, validation } = observe(more, solveReference(problem, 10));
    expect(training.u).toEqual(made().training.u);
    expect(validation.u).toHaveLength(180);
  });

  it("needs no clean temperatures, in whatever order the columns are", () => {
    const lines = text.trimEnd().split("\n");
    const real = lines.map((line) => {
      const [role, x, y, t, u] = line.split(",");
      return [u, t, y, x, role].join(",");
    });
    const { training, validation } = read(real.join("\r\n"));
    expect([training.clean, validation.clean]).toEqual([undefined, undefined]);
    expect(training.u).toEqual(read(text).training.u);
    const again = new TextDecoder().decode(writeObservations({ training, validation }));
    expect(again.split("\n")[0]).toBe("role,x,y,t,u");
  });
});

describe("a data set that cannot be used", () => {
  it("is refused with the columns that are missing", () => {
    expect(problemOf(text.replace("role,x,y,t,u,u_clean", "role,x,why,t,u,u_clean"))).toBe(
      "data: columns y are missing; the first line has role, x, why, t, u, u_clean",
    );
    expect(problemOf("")).toContain("the first line has nothing");
  });

  it("is refused with the line and column of what is no number, or outside the domain", () => {
    expect(problemOf(changed(3, (fields) => (fields[4] = "NaN")))).toBe(
      "data: line 3: u is 'NaN', wanted a finite number",
    );
    expect(problemOf(changed(5, (fields) => (fields[5] = "")))).toContain("line 5: u_clean is ''");
    expect(problemOf(changed(7, (fields) => (fields[1] = "1.2")))).toBe(
      "data: line 7: x is 1.2, wanted 0 to 1",
    );
    expect(problemOf(changed(9, (fields) => (fields[0] = "test")))).toContain(
      "line 9: role is 'test', wanted train or validation",
    );
  });

  it("is refused with all its problems at once, and only the first ten in full", () => {
    const broken = text.replaceAll("train,0.", "train,x.");
    expect(problemOf(broken).match(/line \d+/g)).toHaveLength(10);
    expect(problemOf(broken)).toContain("; and 70 more");
  });

  it("is refused when it has too few rows", () => {
    const lines = text.trimEnd().split("\n");
    expect(problemOf(lines.slice(0, 40).join("\n"))).toBe(
      "data: 39 rows of role train, wanted at least 64; 0 rows of role validation, wanted at least 1",
    );
  });

  it("is refused when it is no table", () => {
    expect(problemOf(`${text}train,0.5\n`)).toContain("data: not a CSV table");
  });
});
