import { AwsClient } from "aws4fetch";
import { XMLBuilder } from "fast-xml-parser";

/** A user of the object store. */
export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface ReaderOptions {
  /** Base URL of a versitygw. */
  endpoint: string;
  region: string;
  /** Who may make users. */
  admin: Keys;
  reader: Keys;
  /** All that the reader gets to read. */
  bucket: string;
  fetch?: typeof fetch;
}

/**
 * Makes a user of a versitygw that can list and read one bucket and do nothing else, or gives the one that is there these
 * keys and rights. Users are its own (PATCH /create-user), the rights a bucket policy of S3's.
 * @throws Error where the store refuses
 */
export async function ensureReader(options: ReaderOptions): Promise<void> {
  const { endpoint, region, admin, reader, bucket } = options;
  const client = new AwsClient({ ...admin, region, service: "s3" });
  const send = async (method: string, path: string, body: string): Promise<Response> => {
    const request = await client.sign(`${endpoint.replace(/\/$/, "")}/${path}`, { method, body });
    return (options.fetch ?? fetch)(request);
  };
  const { accessKeyId, secretAccessKey } = reader;
  const account = { Access: accessKeyId, Secret: secretAccessKey, Role: "user" };
  const made = await send("PATCH", "create-user", xml({ Account: account }));
  if (made.status === 409) {
    const access = new URLSearchParams({ access: accessKeyId });
    const props = xml({ MutableProps: { Secret: secretAccessKey } });
    await requireOk(await send("PATCH", `update-user?${access}`, props), "update the reader");
  } else {
    await requireOk(made, "make the reader");
  }
  const resource = `arn:aws:s3:::${bucket}`;
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: [accessKeyId] },
        Action: ["s3:GetObject", "s3:ListBucket"],
        Resource: [resource, `${resource}/*`],
      },
    ],
  };
  const allowed = await send("PUT", `${bucket}?policy`, JSON.stringify(policy));
  await requireOk(allowed, `let the reader read ${bucket}`);
}

function xml(value: object): string {
  return new XMLBuilder({}).build(value) as string;
}

async function requireOk(answer: Response, what: string): Promise<void> {
  if (answer.ok) return;
  const code = /<Code>([^<]*)<\/Code>/.exec(await answer.text())?.[1] ?? answer.statusText;
  throw new Error(`object store: to ${what} answered ${answer.status} ${code}`);
}
