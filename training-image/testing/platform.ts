import { buckets } from "../../contracts/names.ts";
import { Mlflow } from "../../contracts/mlflow.ts";
import { ObjectStore } from "../../contracts/object-store.ts";
import { FakeMlflow } from "../../contracts/testing/fake-mlflow.ts";
import { FakeS3 } from "../../contracts/testing/fake-s3.ts";
import type { TrainingConfig } from "../run/config.ts";
import { createLog } from "../run/log.ts";
import type { TrainingRun } from "../../contracts/training-run.ts";

export const credentials = { accessKeyId: "test-key", secretAccessKey: "test-secret-value" };

/** A fake registry and a fake object store, with the clients that a training uses. */
export class FakePlatform {
  readonly mlflow = new FakeMlflow();
  readonly s3 = new FakeS3(credentials.accessKeyId);
  /** Lines that were logged. */
  readonly lines: string[] = [];

  async start(): Promise<this> {
    await Promise.all([this.mlflow.listen(), this.s3.listen()]);
    this.s3.buckets.add(buckets.releases);
    return this;
  }

  async stop(): Promise<void> {
    await Promise.all([this.mlflow.close(), this.s3.close()]);
  }

  /** Asks the fakes without a network: for tests of thousands of requests. */
  readonly direct: typeof fetch = (resource, init) => {
    const request = new Request(resource, init);
    const server = request.url.startsWith(this.s3.url) ? this.s3 : this.mlflow;
    return server.answer(request);
  };

  /** Clients that do not try again, unless told to, so that a test decides what one attempt meets. */
  services(options: { fetch?: typeof fetch; retries?: number; signal?: AbortSignal } = {}) {
    const { retries = 0, signal = new AbortController().signal } = options;
    const request = { retries, retryDelayMs: 1, fetch: options.fetch ?? fetch };
    return {
      mlflow: new Mlflow({ url: this.mlflow.url, ...request }),
      farewell: new Mlflow({ url: this.mlflow.url, ...request }),
      objects: new ObjectStore({ ...this.objects, ...credentials, ...request }),
      log: createLog({ write: (line) => void this.lines.push(line) }),
      signal,
    };
  }

  get objects() {
    return { endpoint: this.s3.url, region: "us-east-1", bucket: buckets.releases };
  }

  run(changes: Partial<TrainingRun> = {}): TrainingRun {
    return {
      schema: "isotherm.dev/training-run/v1",
      name: "demo",
      workload: "stub",
      params: {},
      environment: "dev",
      gitCommit: "0123abc",
      image: "localhost/isotherm/training:1",
      registry: this.mlflow.url,
      objects: this.objects,
      ...changes,
    };
  }

  config(changes: Partial<TrainingConfig> = {}): TrainingConfig {
    return {
      run: this.run(),
      parameters: { steps: 3 },
      credentials,
      job: "job-1",
      checkpoints: { seconds: 0 },
      ...changes,
    };
  }
}
