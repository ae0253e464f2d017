import { AwsClient } from "aws4fetch";

export interface ObjectStoreOptions {
  /** Base URL of any S3 endpoint; buckets are addressed by path. */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
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

/** The few S3 calls that releases need, on any S3 endpoint. Network errors and 5xx are tried again by the client. */
export class ObjectStore {
  readonly #client: AwsClient;
  readonly #endpoint: string;

  constructor(options: ObjectStoreOptions) {
    this.#endpoint = options.endpoint.replace(/\/$/, "");
    this.#client = new AwsClient({
      accessKeyId: options.accessKeyId,
      secretAccessKey: options.secretAccessKey,
      region: options.region,
      service: "s3",
      retries: 5,
      initRetryMs: 100,
    });
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

  /** @returns the object's bytes, or undefined where there is none. */
  async get(bucket: string, key: string): Promise<Uint8Array | undefined> {
    const response = await this.#send("GET", `${bucket}/${key}`);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const error = await failure(`get ${bucket}/${key}`, response);
    if (error.code === "NoSuchKey") return undefined;
    throw error;
  }

  async #send(
    method: string,
    path: string,
    body?: Uint8Array | string,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = body as RequestInit["body"];
    const response = await this.#client.fetch(`${this.#endpoint}/${path}`, init);
    return response;
  }
}

async function failure(action: string, response: Response): Promise<ObjectStoreError> {
  const body = await response.text();
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? response.statusText;
  return new ObjectStoreError(action, response.status, code);
}
