import "./no-telemetry.ts";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { env, listSupportedBackends } from "onnxruntime-node";
import { type ExecutionProvider, ExecutionProviderError } from "./execution-provider.ts";

/** What onnxruntime-node brings on this machine; injectable for tests. */
export interface Runtime {
  version: string;
  /** Names of the execution providers that the library was built with. */
  supported: readonly string[];
  /** Folder of the native library, where those that come apart from it are looked for. */
  folder: string;
  platform: string;
}

export function installedRuntime(): Runtime {
  const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
  const { platform, arch } = process;
  return {
    version: env.versions.node ?? env.versions.common,
    supported: listSupportedBackends().map(({ name }) => name),
    folder: join(dirname(entry), "..", "bin", "napi-v6", platform, arch),
    platform: `${platform}/${arch}`,
  };
}

/** Libraries that CUDA needs beside onnxruntime's own; they are not in its npm package. */
const cudaLibraries = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
] as const;

/** @throws ExecutionProviderError that says what to install, where the provider cannot be loaded. */
export function requireExecutionProvider(
  provider: ExecutionProvider,
  runtime: Runtime = installedRuntime(),
): void {
  const { version, supported, folder, platform } = runtime;
  if (!supported.includes(provider)) {
    const others = supported.join(", ");
    const message = `onnxruntime-node ${version} has none for ${platform}; it has ${others}`;
    throw new ExecutionProviderError(provider, message);
  }
  const missing = cudaLibraries.filter((file) => !existsSync(join(folder, file)));
  if (provider !== "cuda" || missing.length === 0) return;
  throw new ExecutionProviderError(
    provider,
    `${missing.join(" and ")} must lie in ${folder}: take them from the folder onnxruntime/capi of the Python ` +
      `wheel onnxruntime-gpu==${version}`,
  );
}
