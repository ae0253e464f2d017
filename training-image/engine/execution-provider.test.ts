import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emit } from "./emit.ts";
import { configuredExecutionProvider, ExecutionProviderError } from "./execution-provider.ts";
import { scale } from "./ops.ts";
import { installedRuntime, requireExecutionProvider } from "./runtime.ts";
import { Session } from "./session.ts";
import { input } from "./tensor.ts";

/**
 * What happens where a provider is missing. Does not prove that graphs run on a graphics card: none is needed here.
 */
const linux = { version: "1.30.0", supported: ["cpu", "webgpu", "cuda"], platform: "linux/x64" };

describe("the execution provider", () => {
  it("is the processor unless the environment names another one", () => {
    expect(configuredExecutionProvider({})).toBe("cpu");
    expect(configuredExecutionProvider({ ISOTHERM_EXECUTION_PROVIDER: "" })).toBe("cpu");
    expect(configuredExecutionProvider({ ISOTHERM_EXECUTION_PROVIDER: "cuda" })).toBe("cuda");
    expect(() => configuredExecutionProvider({ ISOTHERM_EXECUTION_PROVIDER: "gpu" })).toThrow(
      "execution provider 'gpu': ISOTHERM_EXECUTION_PROVIDER must be one of cpu, cuda, webgpu",
    );
  });

  it("is refused where the runtime was built without it", () => {
    const runtime = { ...linux, supported: ["cpu"], folder: "/nowhere", platform: "linux/arm64" };
    expect(() => requireExecutionProvider("cuda", runtime)).toThrow(
      "onnxruntime-node 1.30.0 has none for linux/arm64; it has cpu",
    );
  });

  it("says which CUDA libraries are missing, from where, and where to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "providers-"));
    const runtime = { ...linux, folder };
    const refusal = () => requireExecutionProvider("cuda", runtime);
    expect(refusal).toThrow(
      `libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so must lie in ${folder}`,
    );
    expect(refusal).toThrow("onnxruntime-gpu==1.30.0");
    await writeFile(join(folder, "libonnxruntime_providers_shared.so"), "");
    expect(refusal).toThrow(`'cuda': libonnxruntime_providers_cuda.so must lie in ${folder}`);
    await writeFile(join(folder, "libonnxruntime_providers_cuda.so"), "");
    expect(refusal).not.toThrow();
    await rm(folder, { recursive: true });
  });

  it("looks for libraries where onnxruntime-node keeps its own", () => {
    const runtime = installedRuntime();
    expect(runtime.supported).toContain("cpu");
    expect(runtime.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(() => requireExecutionProvider("cpu", runtime)).not.toThrow();
  });

  it("is never replaced by another one: a session opens with it, or not at all", async () => {
    const x = input("x", ["batch"]);
    const model = emit({ name: "test", inputs: [x], outputs: { y: scale(x, 2) } });
    for (const executionProvider of ["cuda", "webgpu"] as const) {
      const opened = Session.open(model, { executionProvider });
      const outcome = await opened.then(
        (session) => session.executionProvider,
        (error: unknown) => error,
      );
      const asked = outcome instanceof ExecutionProviderError ? outcome.provider : outcome;
      expect(asked).toBe(executionProvider);
    }
  });
});
