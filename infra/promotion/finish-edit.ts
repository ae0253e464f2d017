import { execa } from "execa";
import { renderDiff } from "./print.ts";
import { describeEdits } from "./promote.ts";
import type { SlotEdit } from "./slots.ts";
import { modelOf, type Stack, writeStack } from "./stacks.ts";

/** An edit of a stack file, planned. */
export interface Edit {
  edits: readonly SlotEdit[];
  text: string;
}

export interface FinishOptions {
  /** Whether `pulumi up` runs after it. @default false */
  apply?: boolean;
  /** Whether it is shown and no more. @default false */
  dryRun?: boolean;
}

/**
 * Shows an edit, writes it and applies it, as far as each is wanted. What the stack file says already is applied as well.
 * @param root the project's folder
 * @throws EditError where the program would not take the stack file as it would be, Error where `pulumi up` fails
 */
export async function finishEdit(
  stack: Stack,
  model: string,
  edit: Edit,
  root: string,
  { apply = false, dryRun = false }: FinishOptions,
): Promise<void> {
  const isNew = edit.text !== stack.text;
  if (isNew) await showEdit(stack, model, edit);
  else console.log(`${stack.file} says so already`);
  if (dryRun) {
    if (isNew) console.log("\nnot written, as this is a dry run");
    return;
  }
  if (isNew) {
    writeStack(stack, edit.text, root);
    console.log(
      `\n${stack.file} is written` +
        (apply
          ? ""
          : `. Next: pulumi preview --stack ${stack.environment}, a commit, pulumi up --stack ${stack.environment}`),
    );
  }
  if (!apply) return;
  await pulumiUp(stack, root);
  if (isNew) console.log(`\n${stack.file} is to be committed`);
}

async function showEdit(stack: Stack, model: string, { edits, text }: Edit): Promise<void> {
  // It brings the program's config along, with Pulumi.
  const { checkEdit } = await import("./check-edit.ts");
  checkEdit(stack, text);
  console.log(
    `\n${model}: ${describeEdits(modelOf(stack, model), edits).join("; ")}\n` +
      renderDiff(stack.file, stack.text, text),
  );
}

/** On this machine's own cluster with its own tools and backend; elsewhere with those of the shell. */
async function pulumiUp({ environment, context, file }: Stack, root: string): Promise<void> {
  if (context === undefined) {
    const { useEnvironment } = await import("../../embedded/environment.ts");
    await useEnvironment((line) => console.error(line));
  }
  const words = ["up", "--stack", environment, "--yes"];
  console.log(`\npulumi ${words.join(" ")}`);
  const { failed, exitCode, shortMessage } = await execa("pulumi", words, {
    cwd: root,
    stdio: "inherit",
    reject: false,
  });
  if (!failed) return;
  const how = exitCode === undefined ? shortMessage : `ended with code ${exitCode}`;
  throw new Error(
    `\`pulumi ${words.join(" ")}\` ${how}. ${file} says what is wanted: run it again when nothing stands against it any more`,
  );
}
