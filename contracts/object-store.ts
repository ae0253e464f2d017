import { AwsClient } from "aws4fetch";
import { XMLParser } from "fast-xml-parser";
import pRetry from "p-retry";
import { z } from "zod";

export interface ObjectStoreOptions {
  /** Base URL of any S3 endpoint; buckets are addressed by path. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Tries after the first one, for network errors, 429 and 5xx. @default 5 */
  retries?: number;
  /** Limit of one request in milliseconds. @default 60000 */
  timeoutMs?: number;
  /** Pause before the first further try in milliseconds; it doubles up to 5 s. @default 200 */
  retryDelayMs?: number;
  fetch?: typeof fetch;
}

/** For a request that can wait shorter, or longer, than others. */
export type Patience = Pick<ObjectStoreOptions, "retries" | "timeoutMs">;

/** An S3 answer that is not the one hoped for. */
export class ObjectStoreError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(action: string, status: number, code: string) {
    super(`object store: ${action} answered ${status} ${code}`);
    this.name = "ObjectStoreError";
    this.status = status;
    this.code = code;
  }
}

/** The few S3 calls that releases and data sets need, on any S3 endpoint. Network errors, 429 and 5xx are tried again. */
export class ObjectStore {
  readonly #client: AwsClient;
  readonly #endpoint: string;
  readonly #retries: number;
  readonly #timeoutMs: number;
  readonly #retryDelayMs: number;
  readonly #fetch: typeof fetch;

  constructor(options: ObjectStoreOptions) {
    this.#endpoint = options.endpoint.replace(/\/$/, "");
    this.#client = new AwsClient({
      accessKeyId: options.accessKeyId,
      secretAccessKey: options.secretAccessKey,
      region: options.region,
      service: "s3",
    });
    this.#retries = options.retries ?? 5;
    this.#timeoutMs = options.timeoutMs ?? 60_000;
    this.#retryDelayMs = options.retryDelayMs ?? 200;
    this.#fetch = options.fetch ?? fetch;
  }

  /** Makes a bucket; one that is there and ours is left as it is. */
  async createBucket(bucket: string): Promise<void> {
    const response = await this.#send("PUT", bucket);
    if (response.ok) return;
    const error = await failure(`create bucket ${bucket}`, response);
    if (error.code !== "BucketAlreadyOwnedByYou") throw error;
  }

  /**
   * Writes a key that never changes again.
   * @returns false where the key was already there (its content is left as it is).
   */
  async putOnce(bucket: string, key: string, body: Uint8Array | string): Promise<boolean> {
    const response = await this.#send("PUT", `${bucket}/${key}`, body, { "if-none-match": "*" });
    if (response.status === 412) return false;
    if (!response.ok) throw await failure(`put ${bucket}/${key}`, response);
    return true;
  }

  /** Writes a key, over what was there: whole or not at all. */
  async put(
    bucket: string,
    key: string,
    body: Uint8Array | string,
    patience: Patience = {},
  ): Promise<void> {
    const response = await this.#send("PUT", `${bucket}/${key}`, body, {}, patience);
    if (!response.ok) throw await failure(`put ${bucket}/${key}`, response);
  }

  /** Deletes a key; one that is not there is no error. */
  async delete(bucket: string, key: string, patience: Patience = {}): Promise<void> {
    const response = await this.#send("DELETE", `${bucket}/${key}`, undefined, {}, patience);
    if (!response.ok && response.status !== 404) {
      throw await failure(`delete ${bucket}/${key}`, response);
    }
  }

  /** @returns the object's bytes, or undefined where there is none. */
  async get(bucket: string, key: string): Promise<Uint8Array | undefined> {
    const response = await this.#send("GET", `${bucket}/${key}`);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const error = await failure(`get ${bucket}/${key}`, response);
    if (error.code === "NoSuchKey") return undefined;
    throw error;
  }

  /** Whether there is an object of that key. */
  async has(bucket: string, key: string): Promise<boolean> {
    const response = await this.#send("HEAD", `${bucket}/${key}`);
    if (response.ok) return true;
    // An answer to HEAD has no body to tell a missing key from a missing bucket.
    if (response.status === 404) return false;
    throw await failure(`head ${bucket}/${key}`, response);
  }

  /** All keys that start with `prefix`, ascending. */
  async list(bucket: string, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    let after: string | undefined;
    do {
      const query = new URLSearchParams({ "list-type": "2", prefix });
      if (after !== undefined) query.set("start-after", after);
      const response = await this.#send("GET", `${bucket}?${query}`);
      if (!response.ok) throw await failure(`list ${bucket}/${prefix}`, response);
      const page = ListAnswer.parse(listParser.parse(await response.text())).ListBucketResult;
      keys.push(...page.Contents.map(({ Key }) => Key));
      after = page.IsTruncated === "true" ? keys.at(-1) : undefined;
    } while (after !== undefined);
    return keys;
  }

  async #send(
    method: string,
    path: string,
    body?: Uint8Array | string,
    headers: Record<string, string> = {},
    { retries = this.#retries, timeoutMs = this.#timeoutMs }: Patience = {},
  ): Promise<Response> {
    const attempt = async (): Promise<Response> => {
      const init: RequestInit = { method, headers };
      if (body !== undefined) init.body = body as RequestInit["body"];
      // Signed anew each time: a signature ages.
      const request = await this.#client.sign(`${this.#endpoint}/${path}`, init);
      const response = await this.#fetch(request, { signal: AbortSignal.timeout(timeoutMs) });
      if (response.status !== 429 && response.status < 500) return response;
      throw await failure(`${method} ${path}`, response);
    };
    return pRetry(attempt, {
      retries,
      minTimeout: this.#retryDelayMs,
      maxTimeout: 5_000,
      randomize: true,
    });
  }
}

/** Keys stay text, also one that looks like a number. */
const listParser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Contents" });

const ListAnswer = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.string().optional(),
    Contents: z.array(z.object({ Key: z.string() })).default([]),
  }),
});

async function failure(action: string, response: Response): Promise<ObjectStoreError> {
  const body = await response.text();
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? response.statusText;
  return new ObjectStoreError(action, response.status, code);
}
