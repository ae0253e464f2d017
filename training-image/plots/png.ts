import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { plotFiles } from "./plot-files.ts";
import type { Chart } from "./theme.ts";

/** Pixels of the PNG for each of the drawing's. */
const density = 2;

let fonts: Promise<Uint8Array[]> | undefined;

/**
 * Turns a drawing into a PNG. It needs neither a display nor the machine's fonts, so the same drawing gives the same
 * bytes everywhere.
 */
export async function toPng({ svg }: Chart): Promise<Uint8Array> {
  // The rasteriser refuses to be started twice.
  fonts ??= start();
  const font = { fontBuffers: await fonts, defaultFontFamily: "Inter" };
  const drawing = new Resvg(svg, { font, fitTo: { mode: "zoom", value: density } });
  const image = drawing.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    drawing.free();
  }
}

async function start(): Promise<Uint8Array[]> {
  const [rasteriser, ...faces] = await Promise.all(
    [plotFiles.rasteriser, plotFiles.regular, plotFiles.semiBold].map((file) =>
      readFile(createRequire(import.meta.url).resolve(file)),
    ),
  );
  await initWasm(rasteriser!);
  return faces;
}
