import { describe, expect, it } from "vitest";
import { minimumFault, parseSimulation, suiteFault } from "./debian-packages.ts";

const release = (id: string, codename: string, name: string) =>
  `PRETTY_NAME="${name}"\nID=${id}\nVERSION_CODENAME=${codename}\n`;

describe("Debian packages", () => {
  it("accepts the pinned suite and names the machine's own where it differs", () => {
    const debian = release("debian", "bookworm", "Debian GNU/Linux 12 (bookworm)");
    expect(suiteFault(debian, "bookworm")).toBeUndefined();
    const ubuntu = release("ubuntu", "noble", "Ubuntu 24.04.1 LTS");
    expect(suiteFault(ubuntu, "bookworm")).toContain("this machine runs Ubuntu 24.04.1 LTS");
    expect(suiteFault("", "bookworm")).toContain("an unknown system");
  });

  it("compares a package's version without its epoch", () => {
    const wanted = { name: "conntrack", minimum: "1.4.7" };
    expect(minimumFault(wanted, "1:1.4.7-1+b2")).toBeUndefined();
    expect(minimumFault(wanted, "2:1.4.6-2")).toContain("Debian offers conntrack 2:1.4.6-2");
  });

  it("reads from apt's simulation what is new, what is replaced and what would go", () => {
    const text = [
      "NOTE: This is only a simulation!",
      "Inst login [1:4.13+dfsg1-1] (1:4.13+dfsg1-1+deb12u2 Debian:12.14/oldstable [amd64])",
      "Inst nftables (1.0.6-2+deb12u2 Debian:12.14/oldstable [amd64]) []",
      "Conf nftables (1.0.6-2+deb12u2 Debian:12.14/oldstable [amd64])",
      "Purg socat [1.7.4.4-2]",
      "Remv ufw [0.36.2-1]",
    ].join("\n");
    expect(parseSimulation(text)).toEqual({
      install: [
        { name: "login", version: "1:4.13+dfsg1-1+deb12u2", replaces: "1:4.13+dfsg1-1" },
        { name: "nftables", version: "1.0.6-2+deb12u2" },
      ],
      remove: ["socat", "ufw"],
    });
  });
});
