/**
 * Judges each item on its own, in a policy that sees a whole stack: where one has a value that only the update makes
 * known, the others are judged all the same, and the CLI says of the first such value that it could not be.
 */
export function judgeEach<Item>(items: Iterable<Item>, judge: (item: Item) => void): void {
  const unknowns: Error[] = [];
  for (const item of items) {
    try {
      judge(item);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      unknowns.push(error);
    }
  }
  const [first] = unknowns;
  if (first !== undefined) throw first;
}

/** What is read of those items whose values are known. */
export function knownOf<Item, Value>(
  items: Iterable<Item>,
  read: (item: Item) => readonly Value[],
): Value[] {
  return [...items].flatMap((item) => {
    try {
      return read(item);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      return [];
    }
  });
}

/** Whether somebody read a value that is not known yet. The SDK keeps the class of this error to itself. */
function isUnknown(error: unknown): error is Error {
  return error instanceof Error && "unknownTypeSentinel" in error;
}
