import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { HttpError } from "./errors.ts";

const inflaters = new Map([
  ["gzip", promisify(gunzip)],
  ["deflate", promisify(inflate)],
]);

/**
 * A request's body as bytes, inflated where it came compressed.
 * @param limit of its length in bytes, as it comes and inflated
 * @throws HttpError 413 over the limit, 415 for an encoding that is not gzip, deflate or identity, 400 where it does not
 *   inflate or the caller goes before its end
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  return encoding === "identity"
    ? readBytes(request, limit)
    : readInflated(request, limit, encoding);
}

async function readInflated(
  request: IncomingMessage,
  limit: number,
  encoding: string,
): Promise<Buffer> {
  const inflater = inflaters.get(encoding);
  if (inflater === undefined) {
    const problem = `content-encoding: '${encoding.slice(0, 32)}' is not taken`;
    throw new HttpError(415, "bad-request", `${problem}; send gzip, deflate or no encoding`);
  }
  const bytes = await readBytes(request, limit);
  try {
    return await inflater(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(limit);
    throw new HttpError(400, "bad-request", `body: is not ${encoding}`);
  }
}

/** The parser sees to it that a body is as long as its head says: what is over belongs to the next request. */
function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"] ?? 0) > limit) return reject(tooLarge(limit));
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      request.off("data", onData);
      // What still comes is read and dropped, so that the caller gets to read the answer.
      request.resume();
      reject(tooLarge(limit));
    };
    request.on("data", onData);
    request.on("end", () => {
      const [first] = chunks;
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size));
    });
    request.on("error", () => reject(new HttpError(400, "aborted", "body: ends too early")));
  });
}

function tooLarge(limit: number): HttpError {
  return new HttpError(413, "too-large", `body: too large, at most ${limit} bytes`);
}
