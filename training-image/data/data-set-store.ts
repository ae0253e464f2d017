import { canonicalJson, sha256Hex } from "../../contracts/canonical.ts";
import {
  type DataSetFile,
  dataSetKey,
  DataSetManifest,
  DataSetName,
  splitDataSetName,
} from "../../contracts/data-set.ts";
import type { ObjectStore } from "../../contracts/object-store.ts";
import { BadInputError } from "../workloads/errors.ts";
import { countRows } from "./rows.ts";

/** A file on its way into a data set. */
export interface SourceFile {
  /** Its path in the data set. */
  path: string;
  read(): Promise<Uint8Array>;
}

export interface PushOptions {
  name: string;
  version: string;
  files: readonly SourceFile[];
  /** Told after each file that is in the store. */
  progress?: (done: number, total: number) => void;
}

type Objects = Pick<ObjectStore, "get" | "putOnce" | "has" | "list">;

/** Data sets by content in one bucket: files by their own digest, one manifest for each version, all write-once. */
export class DataSetStore {
  readonly #objects: Objects;
  readonly #bucket: string;

  constructor(objects: Objects, bucket: string) {
    this.#objects = objects;
    this.#bucket = bucket;
  }

  /**
   * Stores a version: every file first, the manifest last. Stopped anywhere and done again it ends whole; what is there
   * already is not sent again.
   * @throws BadInputError where the version is there with other content
   */
  async push(options: PushOptions): Promise<DataSetManifest> {
    const { name, version, progress } = options;
    if (!DataSetName.safeParse(`${name}@${version}`).success) {
      throw new BadInputError(
        `'${name}' '${version}': a data set's name is a-z, 0-9 and '-', its version A-Z, a-z, 0-9, '.', '_' and '-'`,
      );
    }
    const sources = options.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const files: DataSetFile[] = [];
    let rows = 0;
    for (const source of sources) {
      const bytes = await source.read();
      const sha256 = sha256Hex(bytes);
      if (!(await this.#objects.has(this.#bucket, blobKey(sha256)))) {
        await this.#objects.putOnce(this.#bucket, blobKey(sha256), bytes);
      }
      files.push({ path: source.path, sha256, size: bytes.length });
      rows += await countRows(source.path, bytes);
      progress?.(files.length, sources.length);
    }
    const schema = "isotherm.dev/data-set/v1";
    const result = DataSetManifest.safeParse({ schema, name, version, rows, files });
    if (!result.success) {
      const problems = result.error.issues.map(
        ({ path, message }) => `${path.join(".")}: ${message}`,
      );
      throw new BadInputError(`data set ${name}@${version}: ${problems.join("; ")}`);
    }
    const text = canonicalJson(result.data);
    const key = dataSetKey(name, version);
    if (!(await this.#objects.putOnce(this.#bucket, key, text))) {
      if (canonicalJson(await this.manifest(`${name}@${version}`)) !== text) {
        throw new BadInputError(
          `data set ${name}@${version} is there with other content: a version never changes, choose another one`,
        );
      }
    }
    return result.data;
  }

  /** @throws BadInputError where there is no such version, with those that there are; or where it is not readable */
  async manifest(dataSet: string): Promise<DataSetManifest> {
    const { name, version } = splitDataSetName(dataSet);
    const bytes = await this.#objects.get(this.#bucket, dataSetKey(name, version));
    if (bytes === undefined) {
      const known = (await this.versions(name)).join(", ");
      throw new BadInputError(
        `data set ${dataSet} is not in bucket ${this.#bucket}: there is ${known || `no version of ${name}`}`,
      );
    }
    const result = DataSetManifest.safeParse(parseJson(bytes));
    if (!result.success || result.data.name !== name || result.data.version !== version) {
      throw new BadInputError(`data set ${dataSet}: ${dataSetKey(name, version)} is no manifest`);
    }
    return result.data;
  }

  /**
   * Reads one file of a data set and checks its digest.
   * @throws BadInputError where it is missing or altered
   */
  async file(file: DataSetFile): Promise<Uint8Array> {
    const bytes = await this.#objects.get(this.#bucket, blobKey(file.sha256));
    if (bytes === undefined) {
      throw new BadInputError(`data: ${file.path}: ${blobKey(file.sha256)} is missing`);
    }
    const sha256 = sha256Hex(bytes);
    if (sha256 !== file.sha256) {
      throw new BadInputError(
        `data: ${file.path} has been altered: its SHA-256 is ${sha256}, wanted ${file.sha256}`,
      );
    }
    return bytes;
  }

  /** Every version as `name@version`, of one data set or of all. */
  async versions(name?: string): Promise<string[]> {
    const prefix = name === undefined ? "datasets/" : `datasets/${name}/`;
    const keys = await this.#objects.list(this.#bucket, prefix);
    return keys.flatMap((key) => {
      const [, found, version] = /^datasets\/([^/]+)\/([^/]+)\.json$/.exec(key) ?? [];
      return found === undefined ? [] : [`${found}@${version}`];
    });
  }
}

function blobKey(sha256: string): string {
  return `blobs/sha256/${sha256}`;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
