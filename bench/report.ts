import Table from "cli-table3";
import { type Figures, writeFigures } from "./figures.ts";

/** Prints a table and puts it into docs/figures.md. */
export async function report(figures: Figures): Promise<void> {
  const table = new Table({ head: [...figures.columns] });
  table.push(...figures.rows.map((row) => [...row]));
  console.log(table.toString());
  await writeFigures(figures);
}
