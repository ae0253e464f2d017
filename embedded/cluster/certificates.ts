import "reflect-metadata";
import { generateKeyPairSync, webcrypto } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as x509 from "@peculiar/x509";
import type { AddressPlan } from "./addresses.ts";

x509.cryptoProvider.set(webcrypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 3_600_000;
const authorityDays = 3_650;
const leafDays = 730;
const renewWithinDays = 60;

type Authority = "ca" | "front-proxy-ca" | "etcd-ca";

/** One certificate of the cluster. */
export interface LeafSpec {
  readonly file: string;
  readonly authority: Authority;
  readonly commonName: string;
  readonly organization?: string;
  readonly use: "client" | "server" | "both";
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
}

/** Every leaf certificate of an instance: who it names and which authority signs it. */
export function leafSpecs(plan: AddressPlan, nodeName: string): LeafSpec[] {
  const client = (file: string, commonName: string, organization?: string): LeafSpec => ({
    file,
    authority: "ca",
    commonName,
    ...(organization === undefined ? {} : { organization }),
    use: "client",
  });
  return [
    {
      file: "apiserver",
      authority: "ca",
      commonName: "kube-apiserver",
      use: "server",
      dns: [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "localhost",
        nodeName,
      ],
      ips: [plan.apiServiceAddress, plan.nodeAddress, "127.0.0.1"],
    },
    client("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
    client("admin", "isotherm-admin", "system:masters"),
    client("kube-controller-manager", "system:kube-controller-manager"),
    client("kube-scheduler", "system:kube-scheduler"),
    client("kube-proxy", "system:kube-proxy"),
    client("kubelet", `system:node:${nodeName}`, "system:nodes"),
    {
      file: "kubelet-serving",
      authority: "ca",
      commonName: `system:node:${nodeName}`,
      organization: "system:nodes",
      use: "server",
      dns: [nodeName],
      ips: [plan.nodeAddress],
    },
    {
      file: "loopback-serving",
      authority: "ca",
      commonName: "localhost",
      use: "server",
      dns: ["localhost"],
      ips: ["127.0.0.1"],
    },
    {
      file: "front-proxy-client",
      authority: "front-proxy-ca",
      commonName: "front-proxy-client",
      use: "client",
    },
    {
      file: "etcd-server",
      authority: "etcd-ca",
      commonName: "etcd",
      use: "both",
      dns: ["localhost"],
      ips: ["127.0.0.1"],
    },
    {
      file: "apiserver-etcd-client",
      authority: "etcd-ca",
      commonName: "kube-apiserver-etcd-client",
      use: "client",
    },
  ];
}

/** Whether a certificate has to be made again: nearly over, or for other names or addresses. */
export function needsRenewal(pem: string, spec: LeafSpec | undefined, now: Date): boolean {
  const certificate = new x509.X509Certificate(pem);
  if (certificate.notAfter.getTime() - now.getTime() < renewWithinDays * dayMs) return true;
  if (spec === undefined) return false;
  const names =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const have = names.map((name) => `${name.type}:${name.value}`).sort();
  const want = alternativeNames(spec)
    .map((name) => `${name.type}:${name.value}`)
    .sort();
  return have.join() !== want.join();
}

/**
 * Makes the authorities, certificates and service-account keys under `folder` that are missing, nearly over or
 * made for other addresses, and leaves the rest alone. Keys have mode 0600.
 */
export async function ensureCertificates(
  folder: string,
  plan: AddressPlan,
  nodeName: string,
  now: Date = new Date(),
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await ensureServiceAccountKey(folder);
  const specs = leafSpecs(plan, nodeName);
  for (const authority of ["ca", "front-proxy-ca", "etcd-ca"] as const) {
    const { pair, renewed } = await ensureAuthority(folder, authority, now);
    for (const spec of specs.filter((candidate) => candidate.authority === authority)) {
      const current = renewed ? undefined : await readPair(folder, spec.file);
      if (current !== undefined && !needsRenewal(current.certificate, spec, now)) continue;
      await makeLeaf(folder, spec, pair, now);
    }
  }
}

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

async function ensureAuthority(
  folder: string,
  name: Authority,
  now: Date,
): Promise<{ pair: Pair; renewed: boolean }> {
  const current = await readPair(folder, name);
  if (current !== undefined && !needsRenewal(current.certificate, undefined, now)) {
    return { pair: current, renewed: false };
  }
  // A renewed authority keeps its key, by which the cluster is known.
  const keys =
    current === undefined
      ? await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
      : await readKeys(current);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`isotherm ${name}`] }],
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(now.getTime() + authorityDays * dayMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign |
          x509.KeyUsageFlags.cRLSign |
          x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const pem = certificate.toString("pem");
  if (current !== undefined) {
    await writeSecret(join(folder, `${name}.crt`), pem);
    return { pair: { ...current, certificate: pem }, renewed: true };
  }
  const pair = { certificate: pem, key: await keyPem(keys.privateKey) };
  await writePair(folder, name, pair);
  return { pair, renewed: true };
}

async function makeLeaf(folder: string, spec: LeafSpec, authority: Pair, now: Date): Promise<void> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await readKey(authority.key);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const usages = {
    client: [x509.ExtendedKeyUsage.clientAuth],
    server: [x509.ExtendedKeyUsage.serverAuth],
    both: [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth],
  }[spec.use];
  const names = alternativeNames(spec);
  const lastMoment = Math.min(now.getTime() + leafDays * dayMs, issuer.notAfter.getTime());
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [
      ...(spec.organization === undefined ? [] : [{ O: [spec.organization] }]),
      { CN: [spec.commonName] },
    ],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(now.getTime() - dayMs),
    notAfter: new Date(lastMoment),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  });
  await writePair(folder, spec.file, {
    certificate: certificate.toString("pem"),
    key: await keyPem(keys.privateKey),
  });
}

function alternativeNames(spec: LeafSpec): { type: "dns" | "ip"; value: string }[] {
  return [
    ...(spec.dns ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(spec.ips ?? []).map((value) => ({ type: "ip" as const, value })),
  ];
}

async function ensureServiceAccountKey(folder: string): Promise<void> {
  if ((await readText(join(folder, "sa.pub"))) !== undefined) return;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  await writeSecret(join(folder, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeSecret(join(folder, "sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function readKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(pem);
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

async function readKeys(pair: Pair): Promise<webcrypto.CryptoKeyPair> {
  const { publicKey } = new x509.X509Certificate(pair.certificate);
  return {
    privateKey: await readKey(pair.key),
    publicKey: await publicKey.export(algorithm, ["verify"]),
  };
}

async function readPair(folder: string, name: string): Promise<Pair | undefined> {
  const certificate = await readText(join(folder, `${name}.crt`));
  const key = await readText(join(folder, `${name}.key`));
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function writePair(folder: string, name: string, pair: Pair): Promise<void> {
  // The old key goes first: a pair that was half written is then found incomplete and made again.
  await rm(join(folder, `${name}.key`), { force: true });
  await writeSecret(join(folder, `${name}.crt`), pair.certificate);
  await writeSecret(join(folder, `${name}.key`), pair.key);
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

/** Writes a file that only its owner may read, whole or not at all. */
export async function writeSecret(path: string, text: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, path);
}
