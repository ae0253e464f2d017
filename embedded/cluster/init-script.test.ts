import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { exampleNode } from "./fixtures.ts";
import { initScript, keptBelow, quote } from "./init-script.ts";

describe("script that becomes process 1 of the node", () => {
  const script = initScript(exampleNode(), "/opt/node/bin/node", "/checkout/supervisor.ts");

  it.runIf(process.platform === "linux")("is valid shell", () => {
    expect(execFileSync("sh", ["-n"], { input: script, encoding: "utf8" })).toBe("");
  });

  it("does nothing before it is told to go on", () => {
    const lines = script.split("\n");
    const go = lines.findIndex((line) => line.startsWith("read -r go || exit"));
    const first = lines.findIndex((line) => /^(mkdir|mount|echo|ip|hostname) /.test(line));
    expect(go).toBeGreaterThan(0);
    expect(go).toBeLessThan(first);
  });

  it("sets no default route, so that nothing leaves the machine", () => {
    expect(script).not.toMatch(/ip route|default via/);
  });

  it("shows the kubelet sysctls of ours instead of the machine's", () => {
    expect(script).toContain("mount -n --bind /run/sysctl/vm.overcommit_memory /proc/sys/vm/");
  });

  it("keeps the instance's own folders and a checkout that lies under a covered folder", () => {
    const node = exampleNode({ checkout: "/var/lib/ci/isotherm", home: "/var/lib/ci/isotherm/.i" });
    const text = initScript(node, "/opt/node/bin/node", "/x.ts");
    expect(text).toContain("cover /run isotherm/3");
    expect(text).toContain("cover /var/lib ci/isotherm isotherm/3");
  });
});

describe("folders kept below a covered one", () => {
  it("are the outermost of those needed", () => {
    expect(keptBelow("/var/lib", ["/var/lib/a/b", "/var/lib/a", "/var/library/c", "/x"])).toEqual([
      "a",
    ]);
  });
});

describe("a word of the shell", () => {
  it.each(["plain-1.2/x", "two words", "it's", 'a"b', "$(reboot)", "a\nb", ""])(
    "%j reaches the command unchanged",
    (word) => {
      const output = execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" });
      expect(output).toBe(word);
    },
  );
});
