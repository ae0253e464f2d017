import { Command } from "commander";
import pc from "picocolors";

const program = new Command("isotherm").description(
  "The platform on this machine, or on the context you name",
);

program
  .command("start")
  .description("bring everything up and ask for one prediction")
  .option("--json", "print the result as one JSON line, for programs")
  .action(async (options: { json?: boolean }) => {
    const { start } = await import("./commands/start.ts");
    await start(options);
  });

program
  .command("env")
  .description("print what puts the same tools, backend and passphrase into a shell")
  .action(async () => {
    const { printEnvironment } = await import("./commands/env.ts");
    await printEnvironment();
  });

program
  .command("status")
  .description("say what is up")
  .option("--json", "print it as JSON")
  .action(async (options: { json?: boolean }) => {
    const { printStatus } = await import("./commands/status.ts");
    await printStatus(options);
  });

program
  .command("down")
  .description("remove everything that start made")
  .option("--keep-data", "keep the registry's volumes and the credentials that open them")
  .option("--purge", "remove the tool cache, and the Debian packages that were installed, too")
  .action(async (options: { keepData?: boolean; purge?: boolean }) => {
    const { down } = await import("./commands/down.ts");
    await down(options);
  });

program
  .command("images")
  .description("build the images that the stacks need")
  .action(async () => {
    const { buildImages } = await import("./commands/images.ts");
    await buildImages();
  });

program
  .command("load")
  .description("bring images of your own into this machine's own cluster")
  .argument("<archive...>", "as `docker save` or `buildah push ... oci-archive:` writes them")
  .action(async (archives: string[]) => {
    const { loadImages } = await import("./commands/load.ts");
    await loadImages(archives);
  });

program
  .command("test")
  .description("static checks and every layer of tests; arguments go to vitest")
  .argument("[vitest...]")
  .allowUnknownOption()
  .action(async (vitestArguments: string[]) => {
    const { runTests } = await import("./commands/test.ts");
    process.exitCode = await runTests(vitestArguments);
  });

program
  .command("bench")
  .description("measure start, preview, memory and requests")
  .option("--cold", "measure a start with empty caches too, beside the ones in use")
  .action(async (options: { cold?: boolean }) => {
    const { bench } = await import("./commands/bench.ts");
    await bench(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`\n${pc.red("error")} ${message}`);
  if (process.env["ISOTHERM_DEBUG"] !== undefined) console.error(error);
  process.exitCode = 1;
}
