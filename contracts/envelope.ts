import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from "node:crypto";
import { dsse } from "@sigstore/core";
import { z } from "zod";
import { sha256Hex } from "./canonical.ts";

/** A signed payload as DSSE 1.0 writes it: https://github.com/secure-systems-lab/dsse. */
export const Envelope = z.strictObject({
  payloadType: z.string().min(1),
  payload: z.base64(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })).min(1),
});
export type Envelope = z.infer<typeof Envelope>;

/** An envelope that cannot be trusted, or is none. */
export class EnvelopeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EnvelopeError";
  }
}

/** The fixed head of an ed25519 key in PKCS #8 (RFC 8410, section 7), before its 32 bytes. */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The ed25519 key that 32 random bytes are, as PEM.
 * @throws TypeError where the seed is not 32 bytes
 */
export function signingKeyPem(seed: Uint8Array): string {
  if (seed.length !== 32) throw new TypeError(`an ed25519 seed has 32 bytes, not ${seed.length}`);
  const der = Buffer.concat([pkcs8Head, seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return key.export({ format: "pem", type: "pkcs8" }) as string;
}

/** The public half of a key, as PEM. */
export function publicKeyPem(key: string | KeyObject): string {
  return createPublicKey(key).export({ format: "pem", type: "spki" }) as string;
}

/** Name of a key: SHA-256 of its public half in DER. */
export function keyId(key: KeyObject): string {
  const half = key.type === "private" ? createPublicKey(key) : key;
  return sha256Hex(half.export({ format: "der", type: "spki" }));
}

/**
 * Signs a payload.
 * @param key private, ed25519
 * @returns the envelope as JSON
 */
export function seal(payloadType: string, payload: string, key: KeyObject): string {
  const bytes = Buffer.from(payload);
  const signature = signBytes(null, dsse.preAuthEncoding(payloadType, bytes), key);
  const envelope: Envelope = {
    payloadType,
    payload: bytes.toString("base64"),
    signatures: [{ keyid: keyId(key), sig: signature.toString("base64") }],
  };
  return JSON.stringify(envelope);
}

/**
 * The payload of an envelope that carries a signature of this key.
 * @param key public, ed25519
 * @throws EnvelopeError where it is no envelope, is of another type, or no signature is this key's
 */
export function unseal(text: string, payloadType: string, key: KeyObject): string {
  const envelope = parseEnvelope(text);
  if (envelope.payloadType !== payloadType) {
    throw new EnvelopeError(`it is signed as ${envelope.payloadType}, not as ${payloadType}`);
  }
  const bytes = Buffer.from(envelope.payload, "base64");
  const encoded = dsse.preAuthEncoding(payloadType, bytes);
  // The name of a key is a hint and not signed itself: every signature is tried.
  const isOurs = envelope.signatures.some(({ sig }) =>
    verifyBytes(null, encoded, key, Buffer.from(sig, "base64")),
  );
  if (isOurs) return bytes.toString();
  const named = envelope.signatures.some(({ keyid }) => keyid === keyId(key));
  throw new EnvelopeError(
    named ? "its signature does not fit what it says" : "it is not signed with this ledger's key",
  );
}

function parseEnvelope(text: string): Envelope {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EnvelopeError("it is no JSON");
  }
  const result = Envelope.safeParse(value);
  if (!result.success) throw new EnvelopeError("it is no signed envelope");
  return result.data;
}
