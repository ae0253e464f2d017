import { expect, test } from "vitest";
import { gpuCards, gpuDevice, gpuPlacement } from "./gpu.ts";

test("a part of a card is asked for by its profile, and a whole card by its vendor's name", () => {
  expect(gpuDevice({ mig: "1g.10gb" })).toEqual({ "nvidia.com/mig-1g.10gb": "1" });
  expect(gpuDevice({ mig: undefined })).toEqual({ "nvidia.com/gpu": "1" });
});

test("any GPU at all needs no label of a node, and the taint's toleration all the same", () => {
  const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }];
  expect(gpuPlacement({ nodeSelector: {}, mig: undefined })).toEqual({ tolerations });
});

test("G-17 the Quadro RTX 8000 has no MIG", () => {
  expect(gpuCards["quadro-rtx-8000"].mig).toEqual([]);
});
