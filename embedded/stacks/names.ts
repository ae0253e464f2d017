/** The stacks that `npm start` brings up, in this order. */
export const startedStacks: readonly string[] = ["cluster", "dev"];
