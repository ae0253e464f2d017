import { describe, expect, it } from "vitest";
import { markdown, withSection } from "./figures.ts";

const figures = {
  heading: "Steps",
  text: "As measured.",
  columns: ["a", "bb"],
  rows: [["1", "2"]],
};

describe("a section of figures", () => {
  it("is a table as prettier writes it", () => {
    expect(markdown(figures)).toBe(
      "## Steps\n\nAs measured.\n\n| a | bb |\n| - | -- |\n| 1 | 2  |\n",
    );
  });

  it("goes to the end of a page that has none of that heading", () => {
    expect(withSection("# Page\n\n## Other\n\nText.\n", figures)).toBe(
      `# Page\n\n## Other\n\nText.\n\n${markdown(figures)}`,
    );
  });

  it("takes the place of an older one and leaves its neighbours", () => {
    const page = `# Page\n\n## Steps\n\nOld.\n\n## Steps taken\n\nText.\n`;
    expect(withSection(page, figures)).toBe(
      `# Page\n\n${markdown(figures)}\n## Steps taken\n\nText.\n`,
    );
  });
});
