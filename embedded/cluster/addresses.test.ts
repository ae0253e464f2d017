import { describe, expect, it } from "vitest";
import { addressPlan, findClash, instanceIndexes, overlaps, parseBases } from "./addresses.ts";

describe("address plan", () => {
  it("derives every address of an instance from its index", () => {
    expect(addressPlan(3)).toEqual({
      index: 3,
      hostInterface: "isotherm3",
      hostAddress: "172.31.3.1",
      nodeAddress: "172.31.3.2",
      nodeSubnet: "172.31.3.0/24",
      podSubnet: "10.244.3.0/24",
      podGateway: "10.244.3.1",
      serviceSubnet: "10.99.0.0/16",
      apiServiceAddress: "10.99.0.1",
      dnsAddress: "10.99.0.10",
      apiServer: "https://172.31.3.2:6443",
    });
  });

  it("gives no two instances a common address", () => {
    const subnets = instanceIndexes.flatMap((index) => {
      const plan = addressPlan(index);
      return [plan.nodeSubnet, plan.podSubnet, plan.serviceSubnet];
    });
    const shared = subnets.flatMap((left, i) =>
      subnets.slice(i + 1).filter((right) => overlaps(left, right)),
    );
    expect(shared).toEqual([]);
  });

  it("takes other ranges from ISOTHERM_SUBNETS", () => {
    const plan = addressPlan(1, parseBases("172.30, 10.250, 10.112"));
    expect([plan.nodeAddress, plan.podSubnet, plan.serviceSubnet]).toEqual([
      "172.30.1.2",
      "10.250.1.0/24",
      "10.113.0.0/16",
    ]);
  });

  it.each(["172.30", "172.30,10.250", "172.300,10.250,10.96", "a.b,10.1,10.2", "1.2,3.4,5.6,7.8"])(
    "refuses ISOTHERM_SUBNETS=%s and says what it wants",
    (text) => {
      expect(() => parseBases(text)).toThrow(/want three pairs of octets/);
    },
  );

  it("refuses a service range without room for ten instances", () => {
    expect(() => parseBases("172.30,10.250,10.250")).toThrow(/at most 246/);
  });
});

describe("clash with the machine's network", () => {
  const plan = addressPlan(0);

  it("names the subnet, the other range and its interface", () => {
    const clash = findClash(plan, [{ destination: "172.31.0.0/20", device: "ens5" }]);
    expect(clash).toBe("172.31.0.0/24 overlaps 172.31.0.0/20 on ens5");
  });

  it("finds a wide route, a single address and a subnet inside a service range", () => {
    const at = (destination: string) => findClash(plan, [{ destination, device: "tun0" }]);
    expect(at("10.0.0.0/8")).toContain("10.244.0.0/24");
    expect(at("172.31.0.1")).toContain("172.31.0.0/24");
    expect(at("10.96.200.0/24")).toContain("10.96.0.0/16");
  });

  it("ignores the default route, foreign ranges and what its own link left", () => {
    const routes = [
      { destination: "default", device: "eth0" },
      { destination: "0.0.0.0/0", device: "eth0" },
      { destination: "192.168.1.0/24", device: "eth0" },
      { destination: "10.244.1.0/24", device: "isotherm1" },
      { destination: "172.31.0.0/24", device: "isotherm0" },
    ];
    expect(findClash(plan, routes)).toBeUndefined();
  });

  it("ignores destinations that are not IPv4", () => {
    expect(overlaps("fd00::/64", "10.96.0.0/16")).toBe(false);
  });
});
