import { fileURLToPath } from "node:url";
import { median } from "../../embedded/measure/median.ts";
import { type BlockTime, MeasuringChild } from "./child.ts";
import { jaxStep } from "./jax-peer.ts";

/** Medians of one size of network and batch, in milliseconds a step. */
export interface StepRow {
  network: string;
  batch: number;
  ours: BlockTime;
  plain: BlockTime;
  best: BlockTime;
}

const ourStep = fileURLToPath(new URL("./our-heat-step.ts", import.meta.url));
const networks = [
  { layers: 5, width: 128 },
  { layers: 4, width: 64 },
];
/** Collocation points a step, with so many steps a block that a block takes about a second. */
const batches = [
  { batch: 256, steps: 50 },
  { batch: 1024, steps: 16 },
  { batch: 4096, steps: 4 },
];
const core = "1";

/**
 * Time of a whole optimiser step (draw, forward, backward, update) on one core, of ours and of the same step in JAX:
 * `plain` is one jitted call a step, `best` a scan over the block in chunks that fit the cache. The three take turns.
 */
export async function heatSteps(
  python: string,
  rounds: number,
  tell: (row: StepRow) => void,
): Promise<StepRow[]> {
  const rows: StepRow[] = [];
  for (const { layers, width } of networks) {
    for (const { batch, steps } of batches) {
      const settings = { layers, width, batch, steps, chunk: width > 64 ? 256 : 512 };
      const times = await takeTurns(rounds, {
        ours: [[process.execPath, ourStep], settings],
        plain: [[python, jaxStep], { ...settings, variant: "plain" }],
        best: [[python, jaxStep], { ...settings, variant: "best" }],
      });
      const row = { network: `${layers}x${width}`, batch, ...times };
      tell(row);
      rows.push(row);
    }
  }
  return rows;
}

type Contestant = readonly [command: readonly [string, ...string[]], settings: unknown];

/** Measures one block of each in every round; medians over the rounds. */
async function takeTurns<Name extends string>(
  rounds: number,
  contestants: Record<Name, Contestant>,
): Promise<Record<Name, BlockTime>> {
  const names = Object.keys(contestants) as Name[];
  const started: MeasuringChild[] = [];
  const blocks = names.map(() => [] as BlockTime[]);
  try {
    for (const name of names) started.push(await startOne(contestants[name]));
    for (let round = 0; round < rounds; round++) {
      for (const [index, child] of started.entries()) blocks[index]!.push(await child.ask("block"));
    }
  } finally {
    for (const child of started) await child.end();
  }
  const entries = names.map((name, index) => {
    const own = blocks[index]!;
    const middle = (kind: keyof BlockTime) => median(own.map((block) => block[kind]));
    return [name, { cpu: middle("cpu"), wall: middle("wall") }] as const;
  });
  return Object.fromEntries(entries) as Record<Name, BlockTime>;
}

function startOne([command, settings]: Contestant): Promise<MeasuringChild> {
  return MeasuringChild.start(command, settings, core);
}
