/** Learning rate by the number of the step, counted from 1. */
export type Schedule = (step: number) => number;

/** Half a cosine wave, from `start` at the first step towards `end` after the last (Loshchilov and Hutter, 2017). */
export function cosine(start: number, steps: number, end = 0): Schedule {
  return (step) => {
    const done = Math.min(Math.max((step - 1) / steps, 0), 1);
    return end + ((start - end) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}

/** Grows evenly to the rate that `after` starts with, over the first `steps` steps; `after` counts from there. */
export function warmUp(steps: number, after: Schedule): Schedule {
  return (step) => (step <= steps ? (after(1) * step) / steps : after(step - steps));
}
