import { shell } from "./platform.ts";

export interface Outcome {
  exitCode: number;
  /** Of both streams. */
  output: string;
}

/** Runs a shell line that may fail. */
export async function attempt(line: string): Promise<Outcome> {
  const text = await shell(`status=0; { ${line}; } 2>&1 || status=$?; echo; echo $status`);
  const lines = text.trimEnd().split("\n");
  return { exitCode: Number(lines.at(-1)), output: lines.slice(0, -1).join("\n").trimEnd() };
}

/** kubectl in an environment's namespace; what fails is told, not thrown. */
export class Kubectl {
  readonly #namespace: string;
  readonly #user: string | undefined;

  /** @param user whom to act as */
  constructor(namespace: string, user?: string) {
    this.#namespace = namespace;
    this.#user = user;
  }

  as(user: string): Kubectl {
    return new Kubectl(this.#namespace, user);
  }

  /** @param line words of a shell */
  run(line: string): Promise<Outcome> {
    const as = this.#user === undefined ? "" : ` --as=${this.#user}`;
    return attempt(`kubectl -n ${this.#namespace}${as} ${line}`);
  }

  /** Asks admission what it would say, and changes nothing. */
  ask(line: string): Promise<Outcome> {
    return this.run(`${line} --dry-run=server`);
  }

  async read<T>(line: string): Promise<T> {
    return JSON.parse(await shell(`kubectl -n ${this.#namespace} get ${line} -o json`)) as T;
  }

  /** Puts an object as somebody edited it. */
  replace(object: unknown, verb = "replace"): Promise<Outcome> {
    const text = Buffer.from(JSON.stringify(object)).toString("base64");
    return attempt(
      `echo ${text} | base64 -d | kubectl -n ${this.#namespace} ${verb} --dry-run=server -f -`,
    );
  }

  /**
   * Sets the weight of the first slot in a route, under the name of a manager.
   * @param rest what the same slot gets besides, as a second share: the weights of a route sum to 100
   */
  setWeight(
    kind: "httproute" | "grpcroute",
    model: string,
    weight: number,
    manager: string,
    rest?: number,
  ) {
    const refs = "/spec/rules/0/backendRefs";
    const patch = JSON.stringify([
      { op: "replace", path: `${refs}/0/weight`, value: rest ?? weight },
      ...(rest === undefined
        ? []
        : [
            { op: "copy", from: `${refs}/0`, path: `${refs}/1` },
            { op: "replace", path: `${refs}/1/weight`, value: weight },
          ]),
    ]);
    return this.run(`patch ${kind} ${model} --type=json --field-manager=${manager} -p '${patch}'`);
  }
}

/** A patch that gives a Service a share of a model's requests. @param weight undefined is the default, 1 */
export function givingShare(service: string, port: number, weight?: number): string {
  const value = { name: service, port, ...(weight === undefined ? {} : { weight }) };
  return `--type=json -p '${JSON.stringify([{ op: "add", path: "/spec/rules/0/backendRefs/-", value }])}'`;
}
