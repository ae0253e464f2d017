import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editSlots, parseStackFile } from "./stack-file.ts";

const release = "81aa52c09e13";
const edit = (text: string, ...edits: Parameters<typeof editSlots>[3]) =>
  editSlots(text, "stacks/Pulumi.prod.yaml", "heat", edits);
const slotsIn = (text: string) => {
  const { config } = parse(text) as { config: Record<string, Record<string, unknown>> };
  return config["isotherm:models"]!["heat"];
};

const flow = `# prod serves what was promoted to it.
config:
  isotherm:role: environment   # never trains

  isotherm:models:
    heat:
      # The steady one.
      blue:   { release: "2f9c0b71d4aa", weight: 100 }   # since May
      shadow: { release: 'c0de77a1b2c3', from: staging, percent: 100 }
      gates:
        - { metric: pde_loss, below: 1e-3 } # strictly
    wine:
      blue: { release: "000000000001" }
`;

const block = `config:
    isotherm:models:
        heat:
            blue:
                # What served first.
                release: "2f9c0b71d4aa"
                weight: 90 # percent
            green:
                release: "c0de77a1b2c3"
                from: dev
                weight: 10

            # Bounds, all strict.
            gates: [{ metric: pde_loss, below: 1e-3 }]
`;

describe("an edit of a stack file", () => {
  it("adds a slot as one line and changes one number; comments, order, quotes and spaces stay", () => {
    const text = edit(
      flow,
      { slot: "blue", weight: 90 },
      { slot: "green", release, from: "staging", weight: 10 },
    );
    const lines = flow.split("\n");
    lines[7] = `      blue:   { release: "2f9c0b71d4aa", weight: 90 }   # since May`;
    lines.splice(8, 0, `      green: { release: "${release}", from: staging, weight: 10 }`);
    expect(text).toBe(lines.join("\n"));
  });

  it("changes a slot that is written in lines where it stands", () => {
    const text = edit(
      block,
      { slot: "blue", weight: 100 },
      { slot: "green", release, from: "staging", weight: 0 },
    );
    expect(text).toBe(
      block
        .replace("weight: 90", "weight: 100")
        .replace("c0de77a1b2c3", release)
        .replace("from: dev", "from: staging")
        .replace("weight: 10\n", "weight: 0\n"),
    );
  });

  it("writes a key that a slot left to its default", () => {
    const alone = block.replace("                weight: 90 # percent\n", "");
    expect(edit(alone, { slot: "blue", weight: 90 })).toBe(
      block.replace("weight: 90 # percent", "weight: 90"),
    );
    const short = flow.replace(", weight: 100", "");
    expect(edit(short, { slot: "blue", weight: 90 })).toBe(
      flow.replace("weight: 100", "weight: 90"),
    );
  });

  it("adds a slot in lines beside one that is written in lines", () => {
    const end = block.indexOf("            green:");
    const alone = block.slice(0, end) + block.slice(block.indexOf("\n            # Bounds"));
    const text = edit(alone, { slot: "green", release, from: "dev", weight: 10 });
    expect(text).toBe(block.replace("c0de77a1b2c3", release));
  });

  it("keeps a release a text where its digits look like a number", () => {
    for (const digits of ["123456789012", "1234567890e1", "000000000001"]) {
      const added = edit(flow, { slot: "green", release: digits, from: "dev", weight: 0 });
      expect(slotsIn(added)).toMatchObject({ green: { release: digits } });
      const changed = edit(block, { slot: "green", release: digits });
      expect(slotsIn(changed)).toMatchObject({ green: { release: digits } });
    }
  });

  it("that has no easy place is made all the same, with every comment", () => {
    const tight = `config: # all of it
  isotherm:models: { heat: { blue: { release: "2f9c0b71d4aa", from: dev } } } # tight
`;
    const text = edit(
      tight,
      { slot: "blue", from: undefined, weight: 90 },
      { slot: "green", release, from: "dev", weight: 10 },
    );
    expect(slotsIn(text)).toEqual({
      blue: { release: "2f9c0b71d4aa", weight: 90 },
      green: { release, from: "dev", weight: 10 },
    });
    expect(text).toContain("# all of it");
    expect(text).toContain("# tight");
  });

  it("puts the first slot into a model that has none, below its name, and changes nothing else", () => {
    const bare = `config:
  isotherm:models:
    heat: # what sensors see
      # prod's own
      gates: [{ metric: pde_loss, below: 1e-3 }]
encryptionsalt: v1:xyz
`;
    const lines = bare.split("\n");
    lines.splice(3, 0, `      blue: { release: "${release}", from: dev, weight: 100 }`);
    const text = edit(bare, { slot: "blue", release, from: "dev", weight: 100 });
    expect(text).toBe(lines.join("\n"));
  });

  it("without a change gives the same text", () => {
    expect(edit(flow)).toBe(flow);
  });

  it("is refused where the file has no such model, or is not YAML", () => {
    const change = [{ slot: "blue", weight: 90 }] as const;
    expect(() => editSlots(flow, "stacks/x.yaml", "churn", change)).toThrow(
      `stacks/x.yaml: isotherm:models has no model "churn"`,
    );
    expect(() => editSlots("config:\n", "stacks/x.yaml", "churn", change)).toThrow("no model");
    expect(() => parseStackFile("a: [", "stacks/x.yaml")).toThrow("stacks/x.yaml: ");
  });

  it("finds every slot of the stack files of this project in the text", () => {
    const folder = new URL("../../stacks/", import.meta.url);
    for (const file of readdirSync(folder)) {
      const text = readFileSync(new URL(file, folder), "utf8");
      const { config } = parse(text) as { config: Record<string, object | undefined> };
      for (const [model, slots] of Object.entries(config["isotherm:models"] ?? {})) {
        const { blue } = slots as { blue?: { weight?: number } };
        if (blue === undefined) continue;
        const other = editSlots(text, file, model, [{ slot: "blue", weight: 57 }]);
        const before = text.split("\n");
        const added = other.split("\n").filter((line) => !before.includes(line));
        expect(added).toHaveLength(1);
      }
    }
  });
});
