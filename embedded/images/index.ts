import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cache, projectRoot } from "../paths.ts";
import type { Report } from "../report.ts";
import { ensureDebian } from "../toolchain/debian.ts";
import { ensureEntry } from "../toolchain/entry.ts";
import { fileSha256, folderRecipe, recipeHash } from "../toolchain/recipe.ts";
import { buildImage, loadImage, withBuildah } from "./buildah.ts";
import { pruneEntries } from "./prune.ts";
import {
  type ImageRole,
  type OwnRole,
  type ThirdPartyImage,
  type ThirdPartyRole,
  isBase,
  ownRoles,
  roleFolder,
  thirdParty,
} from "./roles.ts";

export { type AskedRole, type ImageRole, imageRoles } from "./roles.ts";

/** An image that is ready to be imported. */
export interface BuiltImage {
  /** `localhost/isotherm/<role>:<tag>`. */
  reference: string;
  /** An OCI archive in the cache; it carries the reference. */
  archive: string;
}

/** What the builder has to know of an image, whoever wrote what is in it. */
interface Plan {
  role: ImageRole;
  tag: string;
  base: BuiltImage | undefined;
  arguments: Readonly<Record<string, string>>;
  /** Fills the build context. */
  prepare: (context: string, report: Report) => Promise<void>;
  /** A folder that is done with once the image is there. */
  scratch?: string;
}

const isOwn = (role: ImageRole): role is OwnRole => ownRoles.some((own) => own === role);

async function planThirdParty(role: ThirdPartyRole, report: Report): Promise<Plan> {
  const image: ThirdPartyImage = thirdParty[role];
  const folder = roleFolder(role);
  const base = image.onBase ? await ensureImage("base", report) : undefined;
  const recipe = {
    role,
    version: image.version,
    base: base?.reference,
    files: await folderRecipe(folder),
    ingredients: (await image.ingredients?.(report)) ?? {},
  };
  return {
    role,
    tag: `${image.version}-${recipeHash(recipe)}`,
    base,
    arguments: { VERSION: image.version },
    prepare: async (context, say) => {
      await cp(folder, context, { recursive: true });
      await image.prepare?.(context, say);
    },
  };
}

async function planOwn(role: OwnRole, report: Report): Promise<Plan> {
  const folder = join(projectRoot, `${role}-image`);
  const base = await ensureImage("node", report);
  report(`bundling ${role}-image`);
  // Not the checkout's own dist folder, which another command may be filling at the same time.
  const dist = await mkdtemp(join(tmpdir(), `isotherm-${role}-`));
  const module = (await import(join(folder, "build.ts"))) as {
    build: (dist: string) => Promise<void>;
  };
  await module.build(dist);
  const recipe = {
    base: base.reference,
    dockerfile: await fileSha256(join(folder, "Dockerfile")),
    files: await folderRecipe(dist),
  };
  return {
    role,
    tag: recipeHash(recipe),
    base,
    // Its packages are the checkout's own: the build needs no registry.
    arguments: { BUNDLE: "prebuilt" },
    prepare: async (context) => {
      await cp(join(folder, "Dockerfile"), join(context, "Dockerfile"));
      await cp(dist, join(context, "dist"), { recursive: true });
    },
    scratch: dist,
  };
}

async function make(role: ImageRole, report: Report): Promise<BuiltImage> {
  await ensureDebian(report);
  const plan = isOwn(role) ? await planOwn(role, report) : await planThirdParty(role, report);
  const reference = `localhost/isotherm/${role}:${plan.tag}`;
  const build = async (folder: string): Promise<void> => {
    const context = join(folder, "context");
    await mkdir(context);
    await plan.prepare(context, report);
    await withBuildah(report, async () => {
      if (plan.base !== undefined) await loadImage(plan.base.reference, plan.base.archive);
      report(`building image ${role} ${plan.tag}`);
      await buildImage({
        reference,
        context,
        archive: join(folder, "image.tar"),
        arguments: {
          ...plan.arguments,
          ...(plan.base === undefined ? {} : { BASE: plan.base.reference }),
        },
        keep: isBase(role),
      });
    });
    await rm(context, { recursive: true });
  };
  const folder = join(cache, "images", `${role}-${plan.tag}`);
  try {
    await ensureEntry({ folder, name: `image ${role}`, build }, report);
    if (isOwn(role)) await pruneEntries(join(cache, "images"), `${role}-`, folder);
  } finally {
    if (plan.scratch !== undefined) await rm(plan.scratch, { recursive: true, force: true });
  }
  return { reference, archive: join(folder, "image.tar") };
}

const made = new Map<ImageRole, Promise<BuiltImage>>();

function ensureImage(role: ImageRole, report: Report): Promise<BuiltImage> {
  let image = made.get(role);
  if (image === undefined) {
    image = make(role, report);
    made.set(role, image);
    image.catch(() => made.delete(role));
  }
  return image;
}

/**
 * Builds the images of these roles, or finds them in the cache, one after the other in the order given.
 * Safe to call at the same time from one process or several.
 * @throws Error where a tool cannot be made or a build fails; it carries the end of the builder's output.
 */
export async function ensureImages<Role extends ImageRole>(
  roles: readonly Role[],
  report: Report,
): Promise<Record<Role, BuiltImage>> {
  const images: Partial<Record<Role, BuiltImage>> = {};
  for (const role of roles) images[role] = await ensureImage(role, report);
  return images as Record<Role, BuiltImage>;
}
