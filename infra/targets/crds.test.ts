import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readCrds } from "./crds.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isotherm-crds-"));
});

function definition(name: string, schema = "{}"): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ${name}
  annotations: { channel: standard }
  creationTimestamp: null
spec:
  schema: ${schema}
status: { conditions: [] }
`;
}

test("all documents of all files are read, sorted by name, without what only a server writes", () => {
  writeFileSync(join(folder, "2.yaml"), `---\n${definition("b")}---\n${definition("c")}---\n`);
  writeFileSync(join(folder, "1.yaml"), definition("a"));
  writeFileSync(join(folder, "notes.txt"), "not YAML: [");
  const found = readCrds(folder);
  expect(found.map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c"]);
  expect(found[0]).toEqual({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "a", annotations: { channel: "standard" } },
    spec: { schema: {} },
  });
});

test("extension keys are written as Pulumi's SDK does, and descriptions go", () => {
  const schema = `{ description: long, x-kubernetes-list-type: map, properties: { spec: { description: longer, type: object } } }`;
  writeFileSync(join(folder, "a.yaml"), definition("a", schema));
  expect(readCrds(folder)[0]?.spec["schema"]).toEqual({
    x_kubernetes_list_type: "map",
    properties: { spec: { type: "object" } },
  });
});

test("a field that is called description stays, and so do defaults", () => {
  const schema = `{ properties: { description: { type: string, default: { description: kept } } } }`;
  writeFileSync(join(folder, "a.yaml"), definition("a", schema));
  expect(readCrds(folder)[0]?.spec["schema"]).toEqual({
    properties: { description: { type: "string", default: { description: "kept" } } },
  });
});

test("a folder that nobody filled is an error that says how to fill it", () => {
  expect(() => readCrds(join(folder, "missing"))).toThrow(
    "run `npm start` or `npm run images` once",
  );
});

test("anything else among the definitions is refused, with its file", () => {
  writeFileSync(join(folder, "a.yaml"), "apiVersion: v1\nkind: Secret\nmetadata: { name: a }\n");
  expect(() => readCrds(folder)).toThrow(join(folder, "a.yaml"));
});
