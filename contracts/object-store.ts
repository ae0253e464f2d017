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
  /** Limit of one request in milliseconds, and a second more for every MB of its body. @default 60000 */
  timeoutMs?: number;
  /** Pause before the first further try in milliseconds; it doubles up to 5 s. @default 200 */
  retryDelayMs?: number;
  fetch?: typeof fetch;
}

/** For a request that can wait shorter, or longer, than others. */
export type Patience = Pick<ObjectStoreOptions, "retries" | "timeoutMs">;

/** An object as a listing shows it. */
export interface Entry {
  key: string;
  modified: Date;
  /** In bytes; undefined where the store does not say. */
  size: number | undefined;
  /** Another one for other content; undefined where the store does not say. */
  etag: string | undefined;
}

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
    const error = failure(`create bucket ${bucket}`, response);
    if (error.code !== "BucketAlreadyOwnedByYou") throw error;
  }

  /**
   * Writes a key that never changes again.
   * @returns false where the key was already there (its content is left as it is).
   */
  async putOnce(bucket: string, key: string, body: Uint8Array | string): Promise<boolean> {
    const response = await this.#send("PUT", pathOf(bucket, key), body, { "if-none-match": "*" });
    if (response.status === 412) return false;
    if (!response.ok) throw failure(`put ${bucket}/${key}`, response);
    return true;
  }

  /** Writes a key, over what was there: whole or not at all. */
  async put(
    bucket: string,
    key: string,
    body: Uint8Array | string,
    patience: Patience = {},
  ): Promise<void> {
    const response = await this.#send("PUT", pathOf(bucket, key), body, {}, patience);
    if (!response.ok) throw failure(`put ${bucket}/${key}`, response);
  }

  /** Deletes a key; one that is not there is no error. */
  async delete(bucket: string, key: string, patience: Patience = {}): Promise<void> {
    const response = await this.#send("DELETE", pathOf(bucket, key), undefined, {}, patience);
    if (!response.ok && response.status !== 404) {
      throw failure(`delete ${bucket}/${key}`, response);
    }
  }

  /** @returns the object's bytes, or undefined where there is none. */
  async get(bucket: string, key: string): Promise<Uint8Array | undefined> {
    const response = await this.#send("GET", pathOf(bucket, key));
    if (response.ok) return response.bytes;
    const error = failure(`get ${bucket}/${key}`, response);
    if (error.code === "NoSuchKey") return undefined;
    throw error;
  }

  /** Whether there is an object of that key. */
  async has(bucket: string, key: string): Promise<boolean> {
    const response = await this.#send("HEAD", pathOf(bucket, key));
    if (response.ok) return true;
    // An answer to HEAD has no body to tell a missing key from a missing bucket.
    if (response.status === 404) return false;
    throw failure(`head ${bucket}/${key}`, response);
  }

  /** All keys that start with `prefix`, ascending. */
  async list(bucket: string, prefix: string): Promise<string[]> {
    return (await this.listEntries(bucket, prefix)).map(({ key }) => key);
  }

  /** All keys that start with `prefix`, ascending, each with what a listing tells; times are by the store's clock. */
  async listEntries(bucket: string, prefix: string, patience: Patience = {}): Promise<Entry[]> {
    const entries: Entry[] = [];
    let after: string | undefined;
    do {
      const query = new URLSearchParams({ "list-type": "2", prefix });
      if (after !== undefined) query.set("start-after", after);
      const response = await this.#send("GET", `${bucket}?${query}`, undefined, {}, patience);
      if (!response.ok) throw failure(`list ${bucket}/${prefix}`, response);
      const page = ListAnswer.parse(listParser.parse(textOf(response))).ListBucketResult;
      for (const { Key, LastModified, Size, ETag } of page.Contents) {
        const size = Size === undefined ? undefined : Number(Size);
        entries.push({ key: Key, modified: new Date(LastModified), size, etag: ETag });
      }
      after = page.IsTruncated === "true" ? entries.at(-1)?.key : undefined;
    } while (after !== undefined);
    return entries;
  }

  async #send(
    method: string,
    path: string,
    body?: Uint8Array | string,
    headers: Record<string, string> = {},
    patience: Patience = {},
  ): Promise<Answer> {
    const { retries = this.#retries } = patience;
    const limit = (bytes: number) =>
      patience.timeoutMs ?? this.#timeoutMs + bytes / slowestBytesPerMs;
    const attempt = async (): Promise<Answer> => {
      const init: RequestInit = { method, headers };
      if (body !== undefined) init.body = body as RequestInit["body"];
      // Signed anew each time: a signature ages.
      const request = await this.#client.sign(`${this.#endpoint}/${path}`, init);
      // The body belongs to the attempt: a connection that is cut in the middle of it is tried again.
      const answer = await whole(this.#fetch, request, limit, body?.length ?? 0);
      if (answer.status !== 429 && answer.status < 500) return answer;
      throw failure(`${method} ${path}`, answer);
    };
    return pRetry(attempt, {
      retries,
      minTimeout: this.#retryDelayMs,
      maxTimeout: 5_000,
      randomize: true,
    });
  }
}

/** A key may hold what means something else in a URL. */
function pathOf(bucket: string, key: string): string {
  return `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
}

/** Keys stay text, also one that looks like a number. */
const listParser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Contents" });

const ListAnswer = z.object({
  ListBucketResult: z.object({
    IsTruncated: z.string().optional(),
    Contents: z
      .array(
        z.object({
          Key: z.string(),
          LastModified: z.iso.datetime({ offset: true }),
          Size: z
            .string()
            .regex(/^[0-9]+$/)
            .optional(),
          ETag: z.string().min(1).optional(),
        }),
      )
      .default([]),
  }),
});

/** An answer with all of its body. */
interface Answer {
  ok: boolean;
  status: number;
  statusText: string;
  bytes: Uint8Array;
}

/** A large object may take this much longer than the limit of one request: 1 MB/s. */
const slowestBytesPerMs = 1_000;

/** @param limit milliseconds that so many bytes may take */
async function whole(
  ask: typeof fetch,
  request: Request,
  limit: (bytes: number) => number,
  sent: number,
): Promise<Answer> {
  const controller = new AbortController();
  const watch = (bytes: number) =>
    setTimeout(() => {
      const message = "The operation was aborted due to timeout";
      controller.abort(new DOMException(message, "TimeoutError"));
    }, limit(bytes));
  let timer = watch(sent);
  try {
    const response = await ask(request, { signal: controller.signal });
    clearTimeout(timer);
    timer = watch(Number(response.headers.get("content-length") ?? 0));
    const { ok, status, statusText } = response;
    return { ok, status, statusText, bytes: new Uint8Array(await response.arrayBuffer()) };
  } finally {
    clearTimeout(timer);
  }
}

function textOf({ bytes }: Answer): string {
  return new TextDecoder().decode(bytes);
}

function failure(action: string, answer: Answer): ObjectStoreError {
  const code = /<Code>([^<]*)<\/Code>/.exec(textOf(answer))?.[1] ?? answer.statusText;
  return new ObjectStoreError(action, answer.status, code);
}
