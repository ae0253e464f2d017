import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256Hex } from "../../../contracts/canonical.ts";
import { buckets } from "../../../contracts/names.ts";
import { ObjectStore } from "../../../contracts/object-store.ts";
import { FakeS3 } from "../../../contracts/testing/fake-s3.ts";
import { createLog } from "../../run/log.ts";
import { backUp, type BackUpOptions } from "../back-up.ts";
import { checkContents } from "../check-contents.ts";
import { BackupDestination } from "../destination.ts";

const credentials = { accessKeyId: "key", secretAccessKey: "secret" };

/** A registry's store and a place for backups, both fakes without a network, and a dump. */
export class TwoStores {
  readonly registry = new FakeS3(credentials.accessKeyId);
  readonly away = new FakeS3(credentials.accessKeyId);
  readonly folder = mkdtempSync(join(tmpdir(), "isotherm-backup-"));
  readonly dump = join(this.folder, "database");
  /** Lines that were logged. */
  readonly lines: string[] = [];
  readonly log = createLog({ write: (line) => void this.lines.push(line) });
  #time = Date.parse("2026-11-01T01:00:00Z");

  constructor() {
    for (const bucket of Object.values(buckets)) this.registry.buckets.add(bucket);
    this.away.buckets.add("backups");
    writeFileSync(this.dump, "a dump of the database");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  /** Puts an object into the registry. @returns its digest */
  put(key: string, text: string, bucket: string = buckets.releases): string {
    this.registry.objects.set(`${bucket}/${key}`, Buffer.from(text));
    return sha256Hex(text);
  }

  /** @param ask what stands between the client and the fakes */
  clients(ask: (direct: typeof fetch) => typeof fetch = (direct) => direct) {
    const direct: typeof fetch = (resource, init) => {
      const request = new Request(resource, init);
      const { host } = new URL(request.url);
      return (host === "registry" ? this.registry : this.away).answer(request);
    };
    const asking = ask(direct);
    const client = (host: string) =>
      new ObjectStore({
        endpoint: `http://${host}`,
        region: "us-east-1",
        ...credentials,
        retries: 0,
        fetch: asking,
      });
    return {
      source: client("registry"),
      destination: new BackupDestination(client("away"), "backups", "isotherm/prod"),
    };
  }

  /** A backup, an hour after the one before. */
  backUp(change: Partial<BackUpOptions> = {}) {
    this.#time += 3_600_000;
    const at = new Date(this.#time);
    return backUp({
      ...this.clients(),
      environment: "prod",
      dump: { file: this.dump, at, program: "pg_dump (PostgreSQL) 15.18" },
      keep: 7,
      log: this.log,
      ...change,
    });
  }

  /** Keys of the objects that the last backup names. */
  async keysOf(): Promise<string[]> {
    const { destination } = this.clients();
    const { point } = await destination.point();
    return (await destination.list(point)).objects.map(({ key }) => key);
  }

  /** What a check of the last backup's contents finds. */
  async problems(): Promise<string[]> {
    const { destination } = this.clients();
    const { point } = await destination.point();
    return (await checkContents(destination, await destination.list(point))).problems;
  }

  /** Key at the destination of what the content of an object in the registry became. */
  contentKey(key: string, bucket: string = buckets.releases): string {
    const bytes = this.registry.objects.get(`${bucket}/${key}`);
    return `backups/isotherm/prod/objects/${sha256Hex(bytes ?? "")}`;
  }

  /** Keys at the destination. */
  stored(kind: "points" | "objects"): string[] {
    const prefix = `backups/isotherm/prod/${kind}/`;
    return [...this.away.objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }
}
