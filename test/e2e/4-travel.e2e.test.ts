// A release travels from dev through staging to prod, by edits of stack files alone, beside the trainings of dev.
// staging and prod stay for the chapters after this one.
import { beforeAll, describe, expect, test } from "vitest";
import { headers } from "../../contracts/names.ts";
import { readTrained } from "./crafted.ts";
import { withPlace } from "./place.ts";
import { askWine, obstacle, outcome, shell, stackOutputs, suiteTitle } from "./platform.ts";
import { keepStackFile, setIn } from "./stack-files.ts";
import { makeStagingAndProd, promote, up } from "./travel.ts";
import { registerUnfit } from "./unfit-releases.ts";

describe.skipIf(obstacle() !== undefined)(suiteTitle("from dev to prod"), () => {
  let release: string;

  beforeAll(async () => {
    release = (await stackOutputs("dev")).models["wine"]?.release ?? "";
    await makeStagingAndProd();
  });

  test("U-02 staging and prod come up beside dev, each with a registry of its own that holds nothing", async () => {
    for (const stack of ["staging", "prod"]) {
      const { models, namespace } = await stackOutputs(stack);
      expect(models).toEqual({});
      expect(namespace).toBe(`isotherm-${stack}`);
      expect(await shell(`npm run -s releases -- list --stack ${stack}`)).toContain(
        `${stack} holds no release yet`,
      );
    }
  });

  test("U-02 promoted to staging, dev's release answers there under the same digest", async () => {
    expect(await promote("staging")).toContain("copied to staging");
    await up("staging");
    await expectToServe("staging");
  });

  test("U-02 prod is ready: it answers with the release that staging passed on", async () => {
    expect(await promote("prod")).toContain("from staging, copied to prod");
    await up("prod");
    await expectToServe("prod");
  });

  test("what was promoted is there: the same again copies, writes and changes nothing", async () => {
    expect(await promote("prod")).toContain("says so already");
    const again = "pulumi preview --stack prod --expect-no-changes --non-interactive";
    expect(await shell(again)).toMatch(/\d+ unchanged/);
  });

  test("G-01 U-07 a preview refuses every release that staging must not take, each with its reason", async () => {
    const { namespace } = await stackOutputs("staging");
    const models = await withPlace("staging", namespace, async (place) =>
      registerUnfit(place, await readTrained(place, release)),
    );
    const restore = keepStackFile("staging");
    for (const { model, config } of models) setIn("staging", ["isotherm:models", model], config);
    const { exitCode, output } = await outcome(
      "pulumi preview --stack staging --non-interactive --color never",
    );
    restore();
    expect(exitCode).not.toBe(0);
    const told = models.filter(({ model }) => output.includes(`model ${model}: release`));
    expect(told.map(({ model }) => model)).toEqual(models.map(({ model }) => model));
    for (const { model, reason } of models) expect(output, model).toContain(reason);
  });

  async function expectToServe(stack: string): Promise<void> {
    const outputs = await stackOutputs(stack);
    expect(outputs.models["wine"]?.release).toBe(release);
    const response = await askWine(outputs);
    expect(response.status).toBe(200);
    expect(response.headers.get(headers.release)).toBe(release);
    expect((await askWine(outputs, (await stackOutputs("dev")).apiKey)).status).toBe(401);
  }
});
