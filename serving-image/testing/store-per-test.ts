import { afterEach, beforeEach } from "vitest";
import type { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import { type ServerOptions, ServerProcess } from "./server-process.ts";
import { startStore } from "./toy-release.ts";

/** Gives each test of a file an object store of its own; the servers that it starts there end with it. */
export class StorePerTest {
  #s3: FakeS3 | undefined;
  #servers: ServerProcess[] = [];

  constructor() {
    beforeEach(async () => {
      this.#s3 = await startStore();
    });
    afterEach(async () => {
      await Promise.all(this.#servers.map((server) => server.stop()));
      this.#servers = [];
      await this.#s3?.close();
    });
  }

  /** @throws Error outside a test */
  get s3(): FakeS3 {
    if (this.#s3 === undefined) throw new Error("there is no store before the first test");
    return this.#s3;
  }

  readonly start = async (
    models: ServerOptions["models"],
    options: Partial<ServerOptions> = {},
  ): Promise<ServerProcess> => {
    const server = await ServerProcess.start({ objects: this.s3.url, models, ...options });
    this.#servers.push(server);
    return server;
  };
}
