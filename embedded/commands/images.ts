import { join } from "node:path";
import { cacheCrds } from "../crds.ts";
import { withHomeLock } from "../home.ts";
import { ensureImages, imageRoles } from "../images/index.ts";
import { askedImages, writeImageNames } from "../platform.ts";
import type { Report } from "../report.ts";
import { readStackFiles } from "../stacks/files.ts";
import { startedStacks } from "../stacks/names.ts";
import { dropGoCaches, ensureGoTool } from "../toolchain/go.ts";

/**
 * `npm run images`: builds every image that the stack files need into the cache and says where, for clusters that load or
 * pull them.
 */
export async function buildImages(): Promise<void> {
  const asked = askedImages(Object.values(readStackFiles(startedStacks)));
  const report: Report = (message) => console.error(message);
  await withHomeLock("npm run images", async () => {
    cacheCrds(join(await ensureGoTool("envoy-gateway", report), "share"));
    const images = await ensureImages([...imageRoles, ...asked], report);
    // Every tool is built by now.
    await dropGoCaches(report);
    writeImageNames(images);
    for (const { reference, archive } of Object.values(images))
      console.log(`${reference}\t${archive}`);
  });
}
