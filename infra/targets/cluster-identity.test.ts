import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { addressPlan } from "../../embedded/cluster/addresses.ts";
import { ensureCertificates } from "../../embedded/cluster/certificates.ts";
import { embeddedIdentity } from "./cluster-identity.ts";

const folder = mkdtempSync(join(tmpdir(), "isotherm-identity-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts a cluster's certificates, or goes on with those that are there. @returns its entry in a kubeconfig */
async function clusterIn(name: string, now: Date, instance = 0) {
  const pki = join(folder, name);
  await ensureCertificates(pki, addressPlan(instance), "node", now);
  const caData = readFileSync(join(pki, "ca.crt")).toString("base64");
  return {
    name: "isotherm",
    server: addressPlan(instance).apiServer,
    caData,
    skipTLSVerify: false,
  };
}

test("an embedded cluster keeps its identity through restarts and renewed certificates", async () => {
  const made = await clusterIn("one", new Date("2026-01-01"));
  const again = await clusterIn("one", new Date("2026-02-01"), 1);
  const renewed = await clusterIn("one", new Date("2035-12-30"));
  expect(embeddedIdentity(made)).toMatch(/^isotherm-[0-9a-f]{12}$/);
  expect(embeddedIdentity(again)).toBe(embeddedIdentity(made));
  expect(renewed.caData).not.toBe(made.caData);
  expect(embeddedIdentity(renewed)).toBe(embeddedIdentity(made));
});

test("an embedded cluster that was made anew is another one, at the same address", async () => {
  const [first, second] = [
    await clusterIn("first", new Date("2026-01-01")),
    await clusterIn("second", new Date("2026-01-01")),
  ];
  expect(second.server).toBe(first.server);
  expect(embeddedIdentity(second)).not.toBe(embeddedIdentity(first));
});

test("a kubeconfig without an authority is refused, with the way on", () => {
  const cluster = { name: "isotherm", server: "https://127.0.0.1:1", skipTLSVerify: true };
  expect(() => embeddedIdentity(cluster)).toThrow(/no certificate authority: run `npm start`/);
  expect(() => embeddedIdentity(null)).toThrow("run `npm start`");
});
