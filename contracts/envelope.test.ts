import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import { keyId, publicKeyPem, seal, signingKeyPem, unseal } from "./envelope.ts";

const key = createPrivateKey(signingKeyPem(new Uint8Array(32).fill(1)));
const publicKey = createPublicKey(key);

test("a key is made from its seed as RFC 8032 says (7.1, test 1)", () => {
  const seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
  const made = createPublicKey(createPrivateKey(signingKeyPem(Buffer.from(seed, "hex"))));
  const der = made.export({ format: "der", type: "spki" });
  expect(der.subarray(-32).toString("hex")).toBe(
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
  );
});

test("a seed of another length is refused", () => {
  expect(() => signingKeyPem(new Uint8Array(31))).toThrow("has 32 bytes, not 31");
});

test("an envelope is what any reader of DSSE takes: type and payload are signed by their lengths", () => {
  const envelope = JSON.parse(seal("http://example.com/HelloWorld", "hello world", key)) as {
    payload: string;
    signatures: [{ keyid: string; sig: string }];
  };
  expect(Buffer.from(envelope.payload, "base64").toString()).toBe("hello world");
  // The encoding of the specification's own example.
  const signed = Buffer.from("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  const [{ keyid, sig }] = envelope.signatures;
  expect(verify(null, signed, publicKey, Buffer.from(sig, "base64"))).toBe(true);
  expect(keyid).toBe(keyId(key));
  expect(keyId(publicKey)).toBe(keyid);
});

test("what was sealed is unsealed, by the public half alone", () => {
  const half = createPublicKey(publicKeyPem(key));
  expect(unseal(seal("text", "hello", key), "text", half)).toBe("hello");
});

test("a payload that was signed as something else is refused", () => {
  expect(() => unseal(seal("text", "hello", key), "entry", publicKey)).toThrow(
    "it is signed as text, not as entry",
  );
});

test("a signature beside another's is found", () => {
  const other = createPrivateKey(signingKeyPem(new Uint8Array(32).fill(2)));
  const [ours, theirs] = [key, other].map(
    (one) => JSON.parse(seal("text", "hello", one)) as { signatures: object[] },
  );
  const both = JSON.stringify({
    ...ours,
    signatures: [...(theirs?.signatures ?? []), ...(ours?.signatures ?? [])],
  });
  expect(unseal(both, "text", publicKey)).toBe("hello");
});
