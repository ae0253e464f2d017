/** What graphs run on: the processor, an NVIDIA card, or any card that Vulkan, Metal or Direct3D 12 reaches. */
export const executionProviders = ["cpu", "cuda", "webgpu"] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** Says which one a process uses, where its code does not. */
export const executionProviderVariable = "ISOTHERM_EXECUTION_PROVIDER";

/** The execution provider that was asked for is not there. Nothing falls back to another one. */
export class ExecutionProviderError extends Error {
  readonly provider: string;
  constructor(provider: string, message: string, options?: ErrorOptions) {
    super(`execution provider '${provider}': ${message}`, options);
    this.name = "ExecutionProviderError";
    this.provider = provider;
  }
}

/** @throws ExecutionProviderError where the variable holds something else than a known one; unset means cpu. */
export function configuredExecutionProvider(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ExecutionProvider {
  const name = environment[executionProviderVariable] || "cpu";
  const found = executionProviders.find((provider) => provider === name);
  if (found !== undefined) return found;
  const known = executionProviders.join(", ");
  throw new ExecutionProviderError(name, `${executionProviderVariable} must be one of ${known}`);
}

/** Says what a machine lacks when a provider that is installed does not start. */
export function notStarted(provider: ExecutionProvider, cause: unknown): ExecutionProviderError {
  const needs = {
    cpu: "no processor that onnxruntime supports",
    cuda: "it needs an NVIDIA card with its driver, CUDA 13 and cuDNN 9 in the library path",
    webgpu: "it needs a graphics card with its driver, and on Linux libvulkan.so.1",
  };
  return new ExecutionProviderError(provider, `it does not start: ${needs[provider]}`, { cause });
}
