import type { Random } from "../engine/random.ts";

/** A probability density over places from 0 to 1. */
export interface Density {
  draw(random: Random): number;
  at(place: number): number;
}

/**
 * A mixture of normal densities, cut off at 0 and 1: one at every place, as wide as the way to the farther neighbour,
 * and a wide one over everything, so that no place is ever ruled out.
 * @param cells where places stand for so many equal cells, the density is that of a whole cell
 */
export function parzenDensity(places: readonly number[], cells?: number): Density {
  const centres = [...places, 0.5].sort((one, other) => one - other);
  const narrowest = 1 / Math.min(100, centres.length + 1);
  const prior = centres.indexOf(0.5);
  const parts = centres.map((centre, index) => {
    const left = centre - (centres[index - 1] ?? 0);
    const right = (centres[index + 1] ?? 1) - centre;
    const width = index === prior ? 1 : Math.min(Math.max(left, right, narrowest), 1);
    const inside = normalShare((1 - centre) / width) - normalShare(-centre / width);
    return { centre, width, inside };
  });
  const mass = (low: number, high: number): number => {
    let total = 0;
    for (const { centre, width, inside } of parts) {
      total +=
        (normalShare((high - centre) / width) - normalShare((low - centre) / width)) / inside;
    }
    return total / parts.length;
  };
  return {
    draw(random) {
      const { centre, width } = parts[
        Math.floor(random.uniform() * parts.length)
      ] as (typeof parts)[0];
      for (;;) {
        const place = centre + width * random.normal();
        if (place >= 0 && place < 1) return place;
      }
    },
    at(place) {
      // Between so many cells the density hardly changes.
      if (cells !== undefined && cells <= 100) {
        const cell = Math.min(Math.floor(place * cells), cells - 1);
        return cells * mass(cell / cells, (cell + 1) / cells);
      }
      let total = 0;
      for (const { centre, width, inside } of parts) {
        const distance = (place - centre) / width;
        total += Math.exp((-distance * distance) / 2) / (width * Math.sqrt(2 * Math.PI) * inside);
      }
      return total / parts.length;
    },
  };
}

/** How often each of some choices was seen, and each once more, so that none is ever ruled out. */
export function discreteDensity(places: readonly number[], choices: number): Density {
  const cellOf = (place: number) => Math.min(Math.floor(place * choices), choices - 1);
  const counts = new Array<number>(choices).fill(1);
  for (const place of places) counts[cellOf(place)]! += 1;
  const total = places.length + choices;
  return {
    draw(random) {
      let left = random.uniform() * total;
      const cell = counts.findIndex((count) => (left -= count) < 0);
      return ((cell < 0 ? choices - 1 : cell) + 0.5) / choices;
    },
    at: (place) => ((counts[cellOf(place)] as number) / total) * choices,
  };
}

/** Share of a standard normal distribution below `x`, to 2e-7 (Abramowitz and Stegun, 7.1.26). */
function normalShare(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const series =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const above = (series * Math.exp(-z * z)) / 2;
  return x < 0 ? above : 1 - above;
}
