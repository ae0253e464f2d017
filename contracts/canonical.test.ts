import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, sha256Hex } from "./canonical.ts";

test("keys are sorted by UTF-16 code units, as RFC 8785 section 3.2.3 shows", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter",
    "1": "One",
    "\u0080": "Control",
    "\ud83d\ude00": "Smiley",
    "\u00f6": "o",
  };
  expect(Object.keys(JSON.parse(canonicalJson(value)) as object).sort()).toEqual(
    Object.keys(value).sort(),
  );
  expect(canonicalJson(value)).toBe(
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"o","\u20ac":"Euro Sign","\ud83d\ude00":"Smiley","\ufb33":"Hebrew Letter"}',
  );
});

test("numbers have the one form of RFC 8785 section 3.2.2.3", () => {
  expect(canonicalJson([333333333.3333333, 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
    "[333333333.3333333,1e+30,4.5,0.002,1e-27,0]",
  );
});

test("the order in which an object was made does not matter", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, { a: Number.NaN }])(
  "%s has no JSON form",
  (value) => {
    expect(() => canonicalJson(value)).toThrow();
  },
);

test("undefined has no JSON form", () => {
  expect(() => canonicalJson(undefined)).toThrow(TypeError);
});

test("texts are hashed as UTF-8", () => {
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256Hex("\u00f6")).toBe(sha256Hex(new Uint8Array([0xc3, 0xb6])));
});
