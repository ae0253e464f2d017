import * as pulumi from "@pulumi/pulumi";
import type { MockResourceArgs } from "@pulumi/pulumi/runtime/index.js";

/** A resource as a program declared it. Secret values read "[secret]". */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Whether the engine refuses to delete it. */
  protect?: true;
  /** Whether it stays in the cluster when it leaves the program. */
  retainOnDelete?: true;
}

export interface Declaration<T> {
  result: T;
  /** In order of declaration, providers left out. */
  resources: Declared[];
}

/** What the mocked random provider generates: no test may find it anywhere in the clear. */
export const generatedSecret = "GENERATED-SECRET";

const secretMark = "4dabf18193072939515e22adb298388d";
const secretValue = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Runs a program against mocks. Kubernetes objects answer with their inputs, passwords and bytes with `generatedSecret`;
 * everything else, invokes included, throws.
 * @param state what single resources answer beyond their inputs, by logical name
 */
export async function declare<T>(
  program: () => T | Promise<T>,
  state: Readonly<Record<string, Record<string, unknown>>> = {},
): Promise<Declaration<T>> {
  const resources: Declared[] = [];
  await useMocks(resources, state);
  const result = await program();
  await pulumi.runtime.disconnect();
  return { result, resources };
}

export interface Failure {
  /** What a user is shown; the same reason once. */
  messages: string[];
  /** What was declared all the same: everything that does not wait for what failed. */
  resources: Declared[];
}

/**
 * Runs a program against mocks that is to fail while its resources are declared. Pulumi's SDK lets such an error go as
 * an unhandled rejection, on which its runner ends the program.
 * @throws Error where the program succeeds
 */
export async function declareFailing(
  program: () => unknown,
  state: Readonly<Record<string, Record<string, unknown>>> = {},
): Promise<Failure> {
  const resources: Declared[] = [];
  const messages = new Set<string>();
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  try {
    process.on("unhandledRejection", (reason) => {
      messages.add(reason instanceof Error ? reason.message : String(reason));
    });
    await useMocks(resources, state);
    await program();
    await pulumi.runtime.disconnect();
    // Node tells of a rejection that nobody handled when the turn is over.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  if (messages.size === 0) throw new Error("the program did not fail");
  return { messages: [...messages], resources };
}

async function useMocks(
  resources: Declared[],
  state: Readonly<Record<string, Record<string, unknown>>>,
): Promise<void> {
  const keeping = new Map<string, Pick<Declared, "protect" | "retainOnDelete">>();
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        const inputs = args.inputs as Record<string, unknown>;
        if (!args.type.startsWith("pulumi:")) {
          resources.push({
            type: args.type,
            name: args.name,
            inputs: hideSecrets(inputs) as Declared["inputs"],
            ...keeping.get(`${args.type} ${args.name}`),
          });
        }
        return { id: idOf(args), state: { ...answer(args), ...state[args.name] } };
      },
      call: ({ token }) => {
        throw new Error(`unmocked call of ${token}`);
      },
    },
    "isotherm",
    "test",
    false,
  );
  noteKeeping(keeping);
}

/** Mocks are told a resource's inputs and none of its options: what keeps it is read from the engine's request. */
function noteKeeping(keeping: Map<string, Pick<Declared, "protect" | "retainOnDelete">>): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, ...rest) => {
    keeping.set(`${request.getType()} ${request.getName()}`, {
      ...(request.getProtect() ? { protect: true } : {}),
      ...(request.getRetainondelete() ? { retainOnDelete: true } : {}),
    });
    register(request, ...rest);
  };
}

/** As much of the SDK's client of the engine as that takes. */
interface Monitor {
  registerResource(
    request: {
      getType(): string;
      getName(): string;
      getProtect(): boolean;
      getRetainondelete(): boolean;
    },
    ...rest: unknown[]
  ): void;
}

/** Value of an output, awaited. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** The one resource of a type and name. */
export function only(resources: readonly Declared[], type: string, name?: string): Declared {
  const found = resources.filter(
    (one) => one.type === type && (name === undefined || one.name === name),
  );
  const [first] = found;
  if (found.length !== 1 || first === undefined) {
    throw new Error(
      `${found.length} resources ${type} ${name ?? ""} among ${resources.map((one) => `${one.type} ${one.name}`).join(", ")}`,
    );
  }
  return first;
}

function answer(args: MockResourceArgs): Record<string, unknown> {
  const inputs = revealSecrets(args.inputs) as Record<string, unknown>;
  if (args.type === "random:index/randomPassword:RandomPassword")
    return { ...inputs, result: generatedSecret };
  if (args.type === "random:index/randomBytes:RandomBytes") {
    const bytes = Buffer.alloc(Number(inputs["length"]), generatedSecret);
    return { ...inputs, base64: bytes.toString("base64"), hex: bytes.toString("hex") };
  }
  if (args.type.startsWith("isotherm:") || args.type.startsWith("pulumi:")) return inputs;
  if (!args.type.startsWith("kubernetes:"))
    throw new Error(`unmocked resource ${args.type} ${args.name}`);
  const metadata = (inputs["metadata"] ?? {}) as Record<string, unknown>;
  return { ...inputs, metadata: { name: `${args.name}-auto`, ...metadata }, status: {} };
}

function idOf({ name, inputs }: MockResourceArgs): string {
  const metadata = (inputs as { metadata?: { name?: string; namespace?: string } }).metadata;
  return [metadata?.namespace, metadata?.name ?? name]
    .filter((part) => part !== undefined)
    .join("/");
}

function isSecret(value: object): value is { value: unknown } {
  return (value as Record<string, unknown>)[secretMark] === secretValue;
}

function replaceSecrets(value: unknown, replace: (secret: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceSecrets(item, replace));
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return replace(value.value);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, replaceSecrets(inner, replace)]),
  );
}

const hideSecrets = (value: unknown) => replaceSecrets(value, () => "[secret]");
const revealSecrets = (value: unknown): unknown => replaceSecrets(value, revealSecrets);
