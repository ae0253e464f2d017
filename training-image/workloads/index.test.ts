import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parameterSchema } from "../../contracts/workload.ts";
import { declarations } from "./index.ts";
import { workloads } from "./registry.ts";

/** URLs of all modules that an import loads, in a Node of its own. */
function loadedBy(module: string): string[] {
  const script = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load: (url, context, next) => (urls.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL(module, import.meta.url).href)});
    console.log(JSON.stringify(urls));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script]);
  return JSON.parse(output.toString()) as string[];
}

describe("workload declarations", () => {
  it("load no runtime when they are imported", () => {
    const loaded = loadedBy("./index.ts");
    expect(loaded.some((url) => url.endsWith("/wine/declaration.ts"))).toBe(true);
    expect(loaded.filter((url) => url.includes("onnx"))).toEqual([]);
    // A workload in one file brings the engine, but not what runs graphs.
    const inOneFile = loadedBy("../../docs/examples/coffee.ts");
    expect(inOneFile.some((url) => url.endsWith("/engine/session.ts"))).toBe(true);
    expect(inOneFile.filter((url) => url.includes("onnxruntime-node"))).toEqual([]);
    // The same look at what needs it does find it.
    expect(loadedBy("../engine/runtime.ts").some((url) => url.includes("onnxruntime-node"))).toBe(
      true,
    );
  });

  it("have code each, and no code is without a declaration", () => {
    expect(workloads.map(({ declaration }) => declaration)).toEqual(declarations);
  });

  it.each(declarations.map((declaration) => [declaration.name, declaration] as const))(
    "%s has defaults within its ranges",
    (_, declaration) => {
      const defaults = parameterSchema(declaration).parse({});
      expect(Object.keys(defaults)).toEqual(Object.keys(declaration.parameters));
      expect(parameterSchema(declaration).parse(defaults)).toEqual(defaults);
    },
  );
});
