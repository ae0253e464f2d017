import { median } from "../../embedded/measure/median.ts";
import { type BlockTime, MeasuringChild } from "./child.ts";

/** Who is measured, and how. */
export interface Contestant {
  command: readonly [string, ...string[]];
  settings: unknown;
  /** As `taskset -c` takes them. */
  cores: string;
}

/** Measures one block of each in every round, so that all see the same noise; medians over the rounds. */
export async function takeTurns<Name extends string>(
  rounds: number,
  contestants: Readonly<Partial<Record<Name, Contestant>>>,
): Promise<Partial<Record<Name, BlockTime>>> {
  const entries = Object.entries<Contestant>(contestants as Record<Name, Contestant>);
  const started: [name: string, child: MeasuringChild, blocks: BlockTime[]][] = [];
  try {
    for (const [name, { command, settings, cores }] of entries) {
      started.push([name, await MeasuringChild.start(command, settings, cores), []]);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [, child, blocks] of started) blocks.push(await child.ask("block"));
    }
  } finally {
    for (const [, child] of started) await child.end();
  }
  const times = started.map(([name, , blocks]) => {
    const middle = (kind: keyof BlockTime) => median(blocks.map((block) => block[kind]));
    return [name, { cpu: middle("cpu"), wall: middle("wall") }] as const;
  });
  return Object.fromEntries(times) as Partial<Record<Name, BlockTime>>;
}
