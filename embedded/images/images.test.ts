import { describe, expect, it } from "vitest";
import { storageDriver } from "./buildah.ts";
import { isUnusedService, withInterpreter } from "./mlflow.ts";
import { outdated } from "./prune.ts";
import { imageRoles } from "./roles.ts";
import { debianSources, proxyOptions } from "./sources.ts";

describe("images", () => {
  it("takes the mirror from the machine's own apt sources, and other vendors' repositories not", () => {
    const targets = [
      "Debian|bookworm|main|http://mirror.example/debian/|amd64|$(SIGNED_BY)",
      "Debian|bookworm|main|http://mirror.example/debian/|i386|$(SIGNED_BY)",
      "Debian|bookworm|contrib|http://mirror.example/debian/|amd64|$(SIGNED_BY)",
      "Debian|bookworm-security|main|http://mirror.example/security/|amd64|/usr/share/keyrings/d.gpg",
      "Debian Backports|bookworm-backports|main|http://mirror.example/debian/|amd64|",
      "Vendor|bookworm|main|http://vendor.example/apt/|amd64|/usr/share/keyrings/v.gpg",
    ].join("\n");
    expect(debianSources(targets, "bookworm")).toEqual([
      "deb http://mirror.example/debian/ bookworm main",
      "deb [signed-by=/usr/share/keyrings/d.gpg] http://mirror.example/security/ bookworm-security main",
    ]);
  });

  it("hands the machine's proxy on to the apt inside an image", () => {
    const config = [
      'Acquire "";',
      'Acquire::http "";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::Languages "none";',
    ].join("\n");
    expect(proxyOptions(config)).toEqual(['Acquire::http::Proxy "http://proxy.example:3128"']);
  });

  it("stacks overlay mounts except on a file system that is one", () => {
    expect(storageDriver(0xef53 /* ext4 */)).toBe("overlay");
    expect(storageDriver(0x794c7630 /* overlayfs */)).toBe("vfs");
  });

  it("keeps of botocore the endpoints and the services that MLflow may call", () => {
    expect(isUnusedService("ec2")).toBe(true);
    expect(isUnusedService("s3")).toBe(false);
    expect(isUnusedService("endpoints.json")).toBe(false);
    expect(isUnusedService("partitions.json.gz")).toBe(false);
  });

  it("points a command at the Python inside the image, in both forms pip writes", () => {
    const body = "import sys\nsys.exit(main())\n";
    const long = `#!/bin/sh\n'''exec' "/a/long path/python3" "$0" "$@"\n' '''\n${body}`;
    expect(withInterpreter(`#!/some/bin/python3\n${body}`)).toBe(`#!/usr/bin/python3\n${body}`);
    expect(withInterpreter(long)).toBe(`#!/usr/bin/python3\n${body}`);
  });

  it("keeps the images of ours that were used last", () => {
    const folders = [
      { name: "serving-a", usedAt: 1 },
      { name: "serving-b", usedAt: 3 },
      { name: "serving-c", usedAt: 2 },
    ];
    expect(outdated(folders, 2)).toEqual(["serving-a"]);
    expect(outdated(folders, 3)).toEqual([]);
  });

  it("builds what a node needs first, and code of ours last", () => {
    expect(imageRoles.slice(0, 2)).toEqual(["pause", "busybox"]);
    expect(imageRoles.slice(-2)).toEqual(["training", "serving"]);
    expect(imageRoles).not.toContain("base");
    expect(imageRoles).not.toContain("scikit-learn");
  });
});
