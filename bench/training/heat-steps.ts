import { fileURLToPath } from "node:url";
import type { BlockTime } from "./child.ts";
import type { Peer } from "./peers.ts";
import { type Contestant, takeTurns } from "./take-turns.ts";

/**
 * How a step is made: `plain` is one jitted call of JAX a step, `best` a scan over the block in chunks; `nested` is
 * PyTorch as such networks are commonly written, `forward` with the Laplacian propagated forward.
 */
export type Kind = "ours" | "plain" | "best" | "nested" | "forward";

/** One size of network and batch: times of those that could be measured, on one core and on two. */
export interface StepRow {
  network: string;
  batch: number;
  one: Partial<Record<Kind, BlockTime>>;
  two: Partial<Record<Kind, BlockTime>>;
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
const kinds: readonly Kind[] = ["ours", "plain", "best", "nested", "forward"];
const cores = ["1", "0,1"] as const;

export interface StepPeers {
  jax: Peer | undefined;
  torch: Peer | undefined;
}

/** Time of a whole optimiser step (draw, forward, backward, update), of ours and of the peers; all take turns. */
export async function heatSteps(
  peers: StepPeers,
  rounds: number,
  tell: (row: StepRow) => void,
): Promise<StepRow[]> {
  const rows: StepRow[] = [];
  for (const network of networks) {
    for (const sizes of batches) {
      const contestants: Record<string, Contestant> = {};
      for (const threads of [1, 2]) {
        for (const kind of kinds) {
          const one = contestant(kind, threads, { ...network, ...sizes }, peers);
          if (one !== undefined) contestants[`${kind} ${threads}`] = one;
        }
      }
      const times = await takeTurns(rounds, contestants);
      const of = (threads: number) =>
        Object.fromEntries(
          kinds.flatMap((kind) => {
            const time = times[`${kind} ${threads}`];
            return time === undefined ? [] : [[kind, time]];
          }),
        ) as Partial<Record<Kind, BlockTime>>;
      const { layers, width } = network;
      const row = { network: `${layers}x${width}`, batch: sizes.batch, one: of(1), two: of(2) };
      tell(row);
      rows.push(row);
    }
  }
  return rows;
}

interface StepSizes {
  layers: number;
  width: number;
  batch: number;
  steps: number;
}

/** Our own step, measured by itself. */
export function ourContestant(sizes: StepSizes, threads: number): Contestant {
  return {
    command: [process.execPath, ourStep],
    settings: { ...sizes, threads },
    cores: cores[threads - 1] as string,
  };
}

function contestant(
  kind: Kind,
  threads: number,
  sizes: StepSizes,
  { jax, torch }: StepPeers,
): Contestant | undefined {
  if (kind === "ours") return ourContestant(sizes, threads);
  const peer = kind === "plain" || kind === "best" ? jax : torch;
  if (peer === undefined) return undefined;
  // In parts of this size JAX is at its best as well.
  const chunk = sizes.width > 64 ? 256 : 512;
  return {
    command: [peer.python, peer.program],
    settings: { ...sizes, threads, chunk, variant: kind },
    cores: cores[threads - 1] as string,
  };
}
