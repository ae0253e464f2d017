import { ApiException, type V1ConfigMap } from "@kubernetes/client-node";
import { beforeEach, expect, test } from "vitest";
import { approvedName } from "../../contracts/admission.ts";
import { holdName } from "../../contracts/hold.ts";
import { HoldError, liftHold, putHold, type HoldPlace } from "./hold.ts";

// Against a namespace's ConfigMaps in memory. Does not prove what admission makes of them: that is asked of a cluster.

const release = "2f9c0b71d4aa".padEnd(64, "0");
const short = "2f9c0b71d4aa";
const now = new Date("2026-01-02T03:04:05Z");

let objects: Map<string, V1ConfigMap>;
let calls: string[];
/** The call on which the connection breaks. */
let breaksAt: string | undefined;

beforeEach(() => {
  calls = [];
  breaksAt = undefined;
  objects = new Map<string, V1ConfigMap>([
    [approvedName, { metadata: { name: approvedName }, data: { "wine-blue": release } }],
    [
      `release-wine-${short}`,
      {
        metadata: { labels: { "isotherm.dev/model": "wine", "isotherm.dev/release": short } },
        data: { digest: release },
      },
    ],
  ]);
});

function answer(call: string, code?: number): void {
  calls.push(call);
  if (call === breaksAt) throw new Error("connection lost");
  if (code !== undefined) throw new ApiException(code, "refused", {}, {});
}

const core = {
  createNamespacedConfigMap: async ({ body }: { body: V1ConfigMap }) => {
    const name = body.metadata?.name ?? "";
    answer(`create ${name}`, objects.has(name) ? 409 : undefined);
    objects.set(name, body);
  },
  readNamespacedConfigMap: async ({ name }: { name: string }) => {
    answer(`read ${name}`, objects.has(name) ? undefined : 404);
    return objects.get(name);
  },
  deleteNamespacedConfigMap: async ({ name }: { name: string }) => {
    answer(`delete ${name}`);
    objects.delete(name);
  },
  listNamespacedConfigMap: async () => ({
    items: [...objects.values()].filter(
      ({ metadata }) => metadata?.labels?.["isotherm.dev/release"] !== undefined,
    ),
  }),
  patchNamespacedConfigMap: async (patch: { name: string; body: unknown }) => {
    const found = objects.get(patch.name);
    answer(`patch ${patch.name}`, found === undefined ? 404 : undefined);
    const change = (patch.body as { data: Record<string, string | null> }).data;
    const data = Object.entries({ ...found?.data, ...change }).filter(
      ([, value]) => value !== null,
    );
    objects.set(patch.name, { ...found, data: Object.fromEntries(data) as Record<string, string> });
  },
};

const place: HoldPlace = {
  core: core as unknown as HoldPlace["core"],
  environment: "prod",
  namespace: "isotherm-prod",
  user: "alice",
};
const put = (digits = short) => putHold(place, "wine", digits, "too slow", now);
const list = () => objects.get(approvedName)?.data;

test("a hold says who, why and when, and is marked on the list that admission reads", async () => {
  expect(await put()).toEqual({
    hold: {
      model: "wine",
      release,
      reason: "too slow",
      by: "alice",
      at: "2026-01-02T03:04:05.000Z",
    },
    isNew: true,
  });
  expect(objects.get(holdName("wine", release))).toMatchObject({
    metadata: { namespace: "isotherm-prod", labels: { "isotherm.dev/model": "wine" } },
    data: { release, by: "alice" },
  });
  expect(list()).toEqual({ "wine-blue": release, [`held.${short}`]: holdName("wine", release) });
});

test("a hold that is there stays as it was put", async () => {
  await put();
  const again = await putHold(place, "wine", release, "another reason");
  expect(again).toMatchObject({ isNew: false, hold: { reason: "too slow" } });
});

test("a lifted hold leaves nothing behind, and the release where it was", async () => {
  await put();
  expect(await liftHold(place, "wine", short)).toMatchObject({ release, by: "alice" });
  expect(objects.has(holdName("wine", release))).toBe(false);
  expect(list()).toEqual({ "wine-blue": release });
  expect(await liftHold(place, "wine", short)).toBeUndefined();
});

test.each([
  ["put", `patch ${approvedName}`, () => put()],
  ["lifted", `delete ${holdName("wine", release)}`, () => liftHold(place, "wine", short)],
])(
  "a hold that breaks off while it is %s still keeps a preview from the release",
  async (_, at, work) => {
    if (at.startsWith("delete")) await put();
    breaksAt = at;
    await expect(work()).rejects.toThrow("connection lost");
    expect(objects.has(holdName("wine", release))).toBe(true);
    breaksAt = undefined;
    await work();
    expect(list()?.[`held.${short}`] === undefined).toBe(at.startsWith("delete"));
  },
);

test("twelve digits of a release that the environment never admitted are refused; all 64 are held", async () => {
  await expect(put("aaaaaaaaaaaa")).rejects.toThrow(HoldError);
  await expect(put("aaaaaaaaaaaa")).rejects.toThrow(
    `prod never admitted a release aaaaaaaaaaaa of wine; it admitted ${short}`,
  );
  expect((await put("a".repeat(64))).isNew).toBe(true);
});

test("an environment without a list, older than holds, is held by its preview alone", async () => {
  objects.delete(approvedName);
  expect((await put()).isNew).toBe(true);
});

test("a hold without a reason is not written", async () => {
  await expect(putHold(place, "wine", short, " ", now)).rejects.toThrow("data.reason");
  expect(calls).toEqual([]);
});
