import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Runs test files in the order of their paths: the end-to-end story is numbered. */
export class ByPath extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
  }
}
