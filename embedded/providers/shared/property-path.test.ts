import { describe, expect, it } from "vitest";
import { covers, formatPath, parsePath, removeAt, setAt, valueAt } from "./property-path.ts";

describe("property paths", () => {
  it.each([
    ["spec.ports[0].name", ["spec", "ports", 0, "name"]],
    ['metadata.annotations["a.b/c"]', ["metadata", "annotations", "a.b/c"]],
    ["root", ["root"]],
  ])("writes and reads %s", (text, path) => {
    expect(formatPath(path)).toBe(text);
    expect(parsePath(text)).toEqual(path);
  });

  it("reads wildcards", () => {
    expect(parsePath("spec.containers[*].env")).toEqual(["spec", "containers", "*", "env"]);
  });

  it("names a path it cannot read", () => {
    expect(() => parsePath("spec[")).toThrow('property path "spec[" is malformed at position 4');
  });

  it("covers what is at or below a path", () => {
    expect(covers(["spec"], ["spec", "replicas"])).toBe(true);
    expect(covers(["spec", "*", "env"], ["spec", 3, "env", 0])).toBe(true);
    expect(covers(["spec", "replicas"], ["spec"])).toBe(false);
    expect(covers(["data"], ["metadata"])).toBe(false);
  });

  it("sets and removes values, making the way", () => {
    const target = { spec: { replicas: 1 } };
    setAt(target, ["spec", "template", "x"], 2);
    expect(target).toEqual({ spec: { replicas: 1, template: { x: 2 } } });
    removeAt(target, ["spec", "replicas"]);
    expect(valueAt(target, ["spec", "replicas"])).toBeUndefined();
  });
});
