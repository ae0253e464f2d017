import { expect, test, vi } from "vitest";
import { shareTunnels } from "./shared-tunnels.ts";

const labels = { app: "mlflow" };

test("all who ask at one time have one tunnel, which the last of them closes", async () => {
  const close = vi.fn();
  const open = vi.fn(async () => ({ url: "http://127.0.0.1:1", close }));
  const shared = shareTunnels(open);
  const [one, other] = await Promise.all([shared("a", labels, 1), shared("a", labels, 1)]);
  expect([one.url, other.url]).toEqual(["http://127.0.0.1:1", "http://127.0.0.1:1"]);
  one.close();
  one.close();
  expect(close).not.toHaveBeenCalled();
  other.close();
  expect(close).toHaveBeenCalledOnce();
  await shared("a", labels, 1);
  expect(open).toHaveBeenCalledTimes(2);
});

test("another namespace or port is another tunnel, and one that failed is asked for again", async () => {
  const open = vi
    .fn(async () => ({ url: "http://127.0.0.1:1", close: () => undefined }))
    .mockRejectedValueOnce(new Error("no pod is ready"));
  const shared = shareTunnels(open);
  await expect(shared("a", labels, 1)).rejects.toThrow("no pod is ready");
  await Promise.all([shared("a", labels, 1), shared("b", labels, 1), shared("a", labels, 2)]);
  expect(open).toHaveBeenCalledTimes(4);
});
