/**
 * Waiting for real workloads: what counts as ready, and what a failure says. Needs a cluster with a node, and an image
 * with a shell that is on it. The judgements themselves are tested without a cluster, beside each file.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NotReady } from "../../shared/server.ts";
import { uniqueName } from "../../shared/unique-name.ts";
import type { Properties } from "../../shared/values.ts";
import { at } from "../../shared/values.ts";
import { connect } from "../cluster.ts";
import type { Context } from "../context.ts";
import { deleteResource } from "../delete.ts";
import { createResource, updateResource } from "../resource.ts";
import { readSettings } from "../settings.ts";

const kubeconfig = process.env["ISOTHERM_TEST_KUBECONFIG"] ?? "";
const image = process.env["ISOTHERM_TEST_IMAGE"] ?? "";

const container = (...script: string[]): Properties => ({
  name: "main",
  image,
  imagePullPolicy: "Never",
  command: ["sh", "-c", script.join("; ")],
});
// PID 1 has no default signal handlers: without the trap each deletion takes the whole grace period.
const forever = container("trap 'exit 0' TERM", "while true", "do sleep 1", "done");

describe.skipIf(kubeconfig === "" || image === "")(
  "waiting on a cluster (needs ISOTHERM_TEST_KUBECONFIG and ISOTHERM_TEST_IMAGE)",
  { timeout: 120_000 },
  () => {
    const namespace = uniqueName("await-");
    const messages: string[] = [];
    const made: { id: string; state: Properties }[] = [];
    let context: Context;

    const labels = { app: "main" };
    const object = (
      apiVersion: string,
      kind: string,
      name: string,
      rest: Properties,
    ): Properties => ({
      apiVersion,
      kind,
      metadata: {
        name,
        namespace,
        ...(rest["annotations"] ? { annotations: rest["annotations"] } : {}),
      },
      ...(rest["spec"] ? { spec: rest["spec"] } : {}),
    });
    const pods = (only: Properties, rest: Properties = {}): Properties => ({
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [only] } },
      ...rest,
    });
    const job = (only: Properties): Properties => ({
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never", containers: [only] } },
    });

    async function create(inputs: Properties, timeoutSeconds = 60): Promise<Properties> {
      messages.length = 0;
      const { id, state } = await createResource(context, {
        inputs,
        timeoutSeconds,
        preview: false,
      });
      made.push({ id, state: state ?? {} });
      return state ?? {};
    }

    const failureOf = async (inputs: Properties, timeoutSeconds: number): Promise<string> => {
      const failure = await create(inputs, timeoutSeconds).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NotReady);
      return (failure as NotReady).reasons.join("\n");
    };

    beforeAll(async () => {
      const settings = readSettings(new Map([["kubernetes:config:kubeconfig", kubeconfig]]));
      const cancelled = new AbortController().signal;
      const say = (message: string): void => void messages.push(message);
      context = {
        urn: "urn:pulumi:dev::p::kubernetes:core/v1:Namespace::x",
        cluster: await connect(settings, cancelled),
        mutable: settings.mutable,
        deleteUnreachable: false,
        cancelled,
        info: say,
        warn: say,
        progress: say,
        progressWarning: say,
      };
      await create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }, 60_000);

    afterAll(async () => {
      for (const { id, state } of made.reverse()) {
        await deleteResource(context, { id, state, timeoutSeconds: 100 });
      }
    }, 120_000);

    it("waits until a Deployment is rolled out, and again after a change", async () => {
      const inputs = object("apps/v1", "Deployment", "web", {
        spec: pods(forever, { replicas: 2 }),
      });
      const state = await create(inputs);
      expect(at(state, "status", "availableReplicas")).toBe(2);
      expect(messages.join("\n")).toMatch(/\/2 pods available/);

      const slower = { ...forever, env: [{ name: "ROUND", value: "2" }] };
      const changed = await updateResource(context, {
        state,
        inputs: object("apps/v1", "Deployment", "web", { spec: pods(slower, { replicas: 2 }) }),
        timeoutSeconds: 100,
        preview: false,
        ignoreChanges: [],
      });
      expect(at(changed, "status", "updatedReplicas")).toBe(2);
      expect(at(changed, "status", "availableReplicas")).toBe(2);
    });

    it("waits until a Service leads to a pod", async () => {
      const spec = { selector: labels, ports: [{ port: 80 }] };
      await create(object("v1", "Service", "web", { spec }));
    });

    it("says why a Service leads nowhere", async () => {
      const spec = { selector: { app: "nobody" }, ports: [{ port: 80 }] };
      const reason = await failureOf(object("v1", "Service", "lost", { spec }), 2);
      expect(reason).toContain("none matches its selector");
    });

    it("does not wait for a volume that is bound on first use, and waits for the StatefulSet that uses it", async () => {
      const spec = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
      const claim = await create(object("v1", "PersistentVolumeClaim", "loose", { spec }));
      expect(at(claim, "status", "phase")).toBe("Pending");

      const mounted = { ...forever, volumeMounts: [{ name: "data", mountPath: "/data" }] };
      const template = { metadata: { name: "data" }, spec };
      const set = pods(mounted, { serviceName: "db", volumeClaimTemplates: [template] });
      set["selector"] = { matchLabels: { app: "db" } };
      set["template"] = { metadata: { labels: { app: "db" } }, spec: { containers: [mounted] } };
      const state = await create(object("apps/v1", "StatefulSet", "db", { spec: set }));
      expect(at(state, "status", "readyReplicas")).toBe(1);
    });

    it("waits until a Job is complete", async () => {
      const state = await create(
        object("batch/v1", "Job", "done", { spec: job(container("sleep 1")) }),
      );
      expect(at(state, "status", "succeeded")).toBe(1);
    });

    it("says how a Job failed", async () => {
      const failing = container("exit 3");
      const reason = await failureOf(
        object("batch/v1", "Job", "failed", { spec: job(failing) }),
        60,
      );
      expect(reason).toMatch(/the Job failed: BackoffLimitExceeded[\s\S]*exited with code 3/);
    });

    it("says which image is missing", async () => {
      const missing = { ...container("true"), image: "localhost/nothing/here:1" };
      const spec = pods(missing);
      spec["selector"] = { matchLabels: { app: "missing" } };
      spec["template"] = {
        metadata: { labels: { app: "missing" } },
        spec: { containers: [missing] },
      };
      const reason = await failureOf(object("apps/v1", "Deployment", "missing", { spec }), 8);
      expect(reason).toMatch(
        /not ready after 8 s[\s\S]*ErrImageNeverPull[\s\S]*localhost\/nothing\/here:1/,
      );
    });

    it("says that a rollout stopped, with the crash that stopped it", async () => {
      const crashing = container("echo no database", "exit 2");
      // Else it counts as ready for the moment before it ends, and that moment may be seen.
      const spec = pods(crashing, { progressDeadlineSeconds: 5, minReadySeconds: 4 });
      spec["selector"] = { matchLabels: { app: "crash" } };
      spec["template"] = {
        metadata: { labels: { app: "crash" } },
        spec: { containers: [crashing] },
      };
      const reason = await failureOf(object("apps/v1", "Deployment", "crash", { spec }), 60);
      expect(reason).toMatch(
        /the rollout stopped: ProgressDeadlineExceeded[\s\S]*exited with code 2/,
      );
    });

    it("waits until a DaemonSet runs everywhere and a Pod is ready", async () => {
      const spec = pods(forever);
      spec["selector"] = { matchLabels: { app: "each" } };
      spec["template"] = { metadata: { labels: { app: "each" } }, spec: { containers: [forever] } };
      const set = await create(object("apps/v1", "DaemonSet", "each", { spec }));
      expect(at(set, "status", "numberAvailable")).toBeGreaterThanOrEqual(1);
      await create(object("v1", "Pod", "alone", { spec: { containers: [forever] } }));
    });
  },
);
