import { createHash } from "node:crypto";
import { type FakeAnswer, type FakeRequest, FakeServer } from "./fake-server.ts";

/**
 * A fake of an S3 server, as far as `ObjectStore` uses one. It looks at the access key and not at the signature; what a
 * real server does with that is seen end to end.
 */
export class FakeS3 extends FakeServer {
  /** Objects by `bucket/key`. */
  readonly objects = new Map<string, Buffer>();
  readonly buckets = new Set<string>();
  /** When an object was written last, where a test says so; all others just now. */
  readonly modified = new Map<string, Date>();

  constructor(accessKeyId: string) {
    super((request) => this.#answer(request, accessKeyId));
  }

  #answer(request: FakeRequest, accessKeyId: string): FakeAnswer {
    if (!request.headers.authorization?.includes(`Credential=${accessKeyId}/`)) {
      return failure(403, "InvalidAccessKeyId");
    }
    const [bucket = "", key] = request.path.split(/\/(.*)/, 2);
    if (key === undefined && request.method === "PUT") return this.#makeBucket(bucket);
    if (!this.buckets.has(bucket)) return failure(404, "NoSuchBucket");
    if (key === undefined) return this.#list(bucket, request.query);
    const held = this.objects.get(request.path);
    if (request.method === "HEAD") return { status: held === undefined ? 404 : 200 };
    if (request.method === "GET") {
      return held === undefined ? failure(404, "NoSuchKey") : { status: 200, body: held };
    }
    if (request.method === "DELETE") {
      this.objects.delete(request.path);
      return { status: 204 };
    }
    if (request.headers["if-none-match"] === "*" && held !== undefined) {
      return failure(412, "PreconditionFailed");
    }
    this.objects.set(request.path, request.body);
    return { status: 200 };
  }

  /** Two keys a page, so that a client which does not page shows it. */
  #list(bucket: string, query: URLSearchParams): FakeAnswer {
    const prefix = `${bucket}/${query.get("prefix") ?? ""}`;
    const after = query.get("start-after") ?? "";
    const keys = [...this.objects.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(bucket.length + 1))
      .filter((key) => key > after)
      .sort();
    const contents = keys.slice(0, 2).map((key) => {
      const modified = (this.modified.get(`${bucket}/${key}`) ?? new Date()).toISOString();
      const body = this.objects.get(`${bucket}/${key}`) ?? "";
      const etag = createHash("md5").update(body).digest("hex");
      const about = `<LastModified>${modified}</LastModified><Size>${body.length}</Size><ETag>"${etag}"</ETag>`;
      return `<Contents><Key>${escape(key)}</Key>${about}</Contents>`;
    });
    const truncated = `<IsTruncated>${keys.length > 2}</IsTruncated>`;
    const body = `<ListBucketResult>${truncated}${contents.join("")}</ListBucketResult>`;
    return { status: 200, body: `<?xml version="1.0"?>${body}` };
  }

  #makeBucket(bucket: string): FakeAnswer {
    if (this.buckets.has(bucket)) return failure(409, "BucketAlreadyOwnedByYou");
    this.buckets.add(bucket);
    return { status: 200 };
  }
}

function failure(status: number, code: string): FakeAnswer {
  return { status, body: `<?xml version="1.0"?><Error><Code>${code}</Code></Error>` };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
