import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * A code block under a comment `<!-- from docs/examples/some.ts -->` repeats a file that has its own test, from the
 * file's first comment on: imports of TypeScript are left out.
 */
const snippets = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".md"))
  .flatMap((page) => {
    const text = readFileSync(join(import.meta.dirname, page), "utf8");
    const blocks = text.matchAll(/<!-- from (\S+) -->\n+```(?:ts|py)\n(.*?)```/gs);
    return [...blocks].map(([, file = "", code = ""]) => ({ page, file, code }));
  });

describe("code in the documentation", () => {
  it("comes from files that are tested", () => {
    expect(snippets.length).toBeGreaterThan(0);
  });

  it.each(snippets)("is in $page what $file says", ({ file, code }) => {
    const source = readFileSync(join(import.meta.dirname, "..", file), "utf8");
    expect(code).toBe(source.slice(source.search(/\/\*\*|"""/)));
  });
});
