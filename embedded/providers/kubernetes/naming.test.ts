import { describe, expect, it } from "vitest";
import type { Properties } from "../shared/values.ts";
import { unknown } from "../shared/values.ts";
import { adoptName, assignName } from "./naming.ts";

const seed = new Uint8Array([1, 2, 3]);

describe("automatic names", () => {
  it("are the logical name and 8 hexadecimal digits, marked by an annotation", () => {
    const inputs: Properties = { kind: "ConfigMap" };
    assignName(inputs, "settings", seed);
    expect(inputs["metadata"]).toMatchObject({
      name: expect.stringMatching(/^settings-[0-9a-f]{8}$/),
      annotations: { "pulumi.com/autonamed": "true" },
    });
  });

  it("follow from the seed, so that preview and update agree", () => {
    const [a, b, c]: Properties[] = [{}, {}, {}] as const;
    assignName(a, "x", seed);
    assignName(b, "x", seed);
    assignName(c, "x", new Uint8Array([9]));
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it("are not given where there is a name, or one to come", () => {
    for (const metadata of [{ name: "mine" }, { name: unknown }, { generateName: "g-" }]) {
      const inputs: Properties = { metadata };
      assignName(inputs, "x", seed);
      expect(inputs).toEqual({ metadata });
    }
  });

  it("keep the annotations that are there", () => {
    const inputs: Properties = { metadata: { annotations: { a: "b" } } };
    assignName(inputs, "x", seed);
    expect(inputs["metadata"]).toMatchObject({
      annotations: { a: "b", "pulumi.com/autonamed": "true" },
    });
  });

  it("follow the stack's setting", () => {
    const inputs: Properties = {};
    assignName(inputs, "x", seed, { mode: "propose", proposedName: "dev-x" });
    expect(inputs["metadata"]).toMatchObject({ name: "dev-x" });
    expect(() => assignName({}, "x", seed, { mode: "disable", proposedName: "" })).toThrow(
      /"x" has no metadata.name/,
    );
  });

  it("stay over updates", () => {
    const old: Properties = {};
    assignName(old, "x", seed);
    const inputs: Properties = { metadata: { labels: {} } };
    adoptName(inputs, old);
    expect(inputs["metadata"]).toMatchObject({ labels: {}, ...(old["metadata"] as Properties) });
  });

  it("are not taken from an object whose name the program gave", () => {
    const inputs: Properties = {};
    adoptName(inputs, { metadata: { name: "given" } });
    expect(inputs).toEqual({});
  });
});
