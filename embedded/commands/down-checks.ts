/** What the backend tells about a stack. */
export interface StackCount {
  name: string;
  resourceCount: number;
}

/**
 * Refuses to take away what stacks that `start` did not make stand on: on a cluster of the user's, the custom
 * resources and the gateways' controller serve every environment.
 * @throws Error that names each such stack, and how to destroy it
 */
export function refuseWhileOthersRun(
  stacks: readonly StackCount[],
  started: readonly string[],
): void {
  const others = stacks.filter(
    ({ name, resourceCount }) => resourceCount > 0 && !started.includes(name),
  );
  if (others.length === 0) return;
  throw new Error(
    [
      `nothing was removed: other environments have resources (${others.map(({ name }) => name).join(", ")}), and ` +
        `need what \`npm start\` made. Destroy them first, in the shell of \`eval "$(npm run -s env)"\`:`,
      ...others.map(({ name }) => `  pulumi destroy --stack ${name}`),
    ].join("\n"),
  );
}

/**
 * Homes, other than `ownHome`, that have an embedded cluster on this machine.
 * @param isLiving whether anything of the instance or its home is still there
 */
export function otherHomes(
  instances: readonly { index: number; home: string }[],
  ownHome: string,
  isLiving: (instance: { index: number; home: string }) => boolean,
): string[] {
  return instances
    .filter((instance) => instance.home !== ownHome && isLiving(instance))
    .map(({ home }) => home);
}
