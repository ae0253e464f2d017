import { createHash, timingSafeEqual } from "node:crypto";
import { RequestError } from "./errors.ts";

/** Checks API keys against the digests of those that are valid, in a time that does not depend on the key. */
export class Authenticator {
  readonly #digests: readonly Buffer[] | undefined;

  /** @param digests SHA-256 in hexadecimal; undefined lets everybody in */
  constructor(digests: readonly string[] | undefined) {
    this.#digests = digests?.map((digest) => Buffer.from(digest, "hex"));
  }

  /** @throws RequestError 401 where the key is missing or wrong */
  check(key: string | undefined): void {
    if (this.#digests === undefined) return;
    if (key === undefined || key === "") throw unauthorized("the header x-api-key is missing");
    const digest = createHash("sha256").update(key).digest();
    let isKnown = false;
    for (const candidate of this.#digests) isKnown = timingSafeEqual(candidate, digest) || isKnown;
    if (!isKnown) throw unauthorized("the header x-api-key holds no valid key");
  }
}

function unauthorized(message: string): RequestError {
  return new RequestError(401, "unauthorized", message);
}
