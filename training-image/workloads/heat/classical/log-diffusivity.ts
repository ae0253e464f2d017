import type { SpaceFunction } from "../problem/fields.ts";

/** How many nodes a side the logarithm of the diffusivity has. */
export const nodesASide = 8;

/**
 * The diffusivity whose logarithm is bilinear between values on 8 x 8 nodes over the unit square: positive whatever
 * the values are. Node (i, j) is at (i/7, j/7), its value at place 8 i + j.
 */
export function diffusivityOf(logarithms: Float64Array): SpaceFunction {
  return (x, y) => {
    const [first, second] = [hatsAt(x), hatsAt(y)];
    let sum = 0;
    for (const [i, ofX] of first) {
      for (const [j, ofY] of second) sum += ofX * ofY * logarithms[i * nodesASide + j]!;
    }
    return Math.exp(sum);
  };
}

/** The derivative of the logarithm with respect to one node's value: 1 there, falling to 0 at its neighbours. */
export function hat(node: number): SpaceFunction {
  const [i, j] = [Math.floor(node / nodesASide), node % nodesASide];
  const cells = nodesASide - 1;
  const slope = (distance: number) => Math.max(0, 1 - Math.abs(distance));
  return (x, y) => slope(cells * x - i) * slope(cells * y - j);
}

/** Pairs of neighbouring nodes, along x and along y. */
export const neighbours: readonly (readonly [number, number])[] = Array.from(
  { length: nodesASide ** 2 },
  (_, node) => {
    const pairs: [number, number][] = [];
    if (node + nodesASide < nodesASide ** 2) pairs.push([node, node + nodesASide]);
    if ((node + 1) % nodesASide !== 0) pairs.push([node, node + 1]);
    return pairs;
  },
).flat();

function hatsAt(place: number): [node: number, weight: number][] {
  const cells = nodesASide - 1;
  const cell = Math.min(Math.floor(place * cells), cells - 1);
  const right = place * cells - cell;
  return [
    [cell, 1 - right],
    [cell + 1, right],
  ];
}
