import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressPlan } from "./addresses.ts";
import { ensureCertificates, leafSpecs } from "./certificates.ts";

const plan = addressPlan(3);
const node = "isotherm-3";
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isotherm-pki-"));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (name: string) => readFile(join(folder, name), "utf8");
const certificate = async (name: string) => new X509Certificate(await read(`${name}.crt`));

describe("certificates of the cluster", () => {
  it("come from their authority and fit their keys", async () => {
    await ensureCertificates(folder, plan, node);
    for (const spec of leafSpecs(plan, node)) {
      const leaf = await certificate(spec.file);
      const authority = await certificate(spec.authority);
      expect(leaf.verify(authority.publicKey), spec.file).toBe(true);
      expect(leaf.checkPrivateKey(createPrivateKey(await read(`${spec.file}.key`)))).toBe(true);
      expect(leaf.ca, spec.file).toBe(false);
    }
  });

  it("name the API server as host, pods and its own service know it", async () => {
    await ensureCertificates(folder, plan, node);
    const leaf = await certificate("apiserver");
    for (const address of ["172.31.3.2", "10.99.0.1", "127.0.0.1"]) {
      expect(leaf.checkIP(address)).toBe(address);
    }
    expect(leaf.checkHost("kubernetes.default.svc")).toBe("kubernetes.default.svc");
  });

  it("make the kubelet a member of system:nodes", async () => {
    await ensureCertificates(folder, plan, node);
    expect((await certificate("kubelet")).subject).toBe(
      "O=system:nodes\nCN=system:node:isotherm-3",
    );
  });

  it("keep etcd's clients apart from the cluster's", async () => {
    await ensureCertificates(folder, plan, node);
    const etcd = await certificate("etcd-ca");
    expect((await certificate("admin")).verify(etcd.publicKey)).toBe(false);
  });

  it("can be read by their owner only", async () => {
    await ensureCertificates(folder, plan, node);
    for (const file of await readdir(folder)) {
      expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600);
    }
  });

  it("stay as they are at the next start", async () => {
    await ensureCertificates(folder, plan, node);
    const before = await Promise.all((await readdir(folder)).map(read));
    await ensureCertificates(folder, plan, node);
    expect(await Promise.all((await readdir(folder)).map(read))).toEqual(before);
  });

  it("are renewed when less than 60 days are left, under the same authority", async () => {
    const made = new Date("2026-01-01");
    await ensureCertificates(folder, plan, node, made);
    const [authority, leaf] = [await read("ca.crt"), await read("admin.crt")];
    await ensureCertificates(folder, plan, node, new Date("2027-10-01"));
    expect(await read("admin.crt")).toBe(leaf);
    await ensureCertificates(folder, plan, node, new Date("2027-12-01"));
    expect(await read("admin.crt")).not.toBe(leaf);
    expect(await read("ca.crt")).toBe(authority);
  });

  it("are all renewed with their authority, which keeps its key", async () => {
    await ensureCertificates(folder, plan, node, new Date("2026-01-01"));
    const before = await certificate("ca");
    await ensureCertificates(folder, plan, node, new Date("2035-12-30"));
    const authority = await certificate("ca");
    expect(authority.validToDate.getTime()).toBeGreaterThan(before.validToDate.getTime());
    expect(authority.publicKey.equals(before.publicKey)).toBe(true);
    expect(authority.checkPrivateKey(createPrivateKey(await read("ca.key")))).toBe(true);
    expect((await certificate("apiserver")).verify(authority.publicKey)).toBe(true);
  });

  it("are made again for other addresses", async () => {
    await ensureCertificates(folder, plan, node);
    const client = await read("admin.crt");
    await ensureCertificates(folder, addressPlan(4), node);
    expect((await certificate("apiserver")).checkIP("172.31.4.2")).toBe("172.31.4.2");
    expect(await read("admin.crt")).toBe(client);
  });

  it("are made again where a start was cut off between certificate and key", async () => {
    await ensureCertificates(folder, plan, node);
    await rm(join(folder, "kubelet.key"));
    await ensureCertificates(folder, plan, node);
    const leaf = await certificate("kubelet");
    expect(leaf.checkPrivateKey(createPrivateKey(await read("kubelet.key")))).toBe(true);
  });
});
