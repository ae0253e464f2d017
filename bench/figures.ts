import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../embedded/paths.ts";

const file = join(projectRoot, "docs", "figures.md");

/** A table of figures: its heading, what was measured, and rows under column names. */
export interface Figures {
  heading: string;
  text: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** The same as Markdown, formatted as the repository formats it. */
export function markdown({ heading, text, columns, rows }: Figures): string {
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...rows.map((row) => (row[index] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [`## ${heading}`, "", text, "", line(columns), rule, ...rows.map(line), ""].join("\n");
}

/** Puts a section into docs/figures.md, in place of the one with the same heading or at the end. */
export async function writeFigures(figures: Figures): Promise<void> {
  const before = await readFile(file, "utf8");
  await writeFile(file, withSection(before, figures));
}

export function withSection(page: string, figures: Figures): string {
  const sections = page.trimEnd().split(/\n(?=## )/);
  const own = markdown(figures).trimEnd();
  const index = sections.findIndex((section) => section.startsWith(`## ${figures.heading}\n`));
  if (index < 0) sections.push(own);
  else sections[index] = own;
  return `${sections.map((section) => section.trimEnd()).join("\n\n")}\n`;
}
