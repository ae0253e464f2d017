import { expect, test } from "vitest";
import { imageTags } from "./image-tags.ts";

const digest = `sha256:${"0a".repeat(32)}`;

test("G-04 a run bears its image's digest where the reference names one", () => {
  for (const image of [`r.example:5000/train@${digest}`, `r.example/train:1.4@${digest}`]) {
    expect(imageTags(image)).toEqual({ "isotherm.image": image, "isotherm.image_digest": digest });
  }
});

test("G-04 a reference without a whole digest is all that a run knows of its image", () => {
  for (const image of ["localhost/isotherm/training:0a1b2c", "r.example/train@sha256:0a0a"]) {
    expect(imageTags(image)).toEqual({ "isotherm.image": image });
  }
});
