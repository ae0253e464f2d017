import { z } from "zod";
import { canonicalJson, sha256Hex } from "../../../../contracts/canonical.ts";
import { authorOf } from "../author.ts";
import type { SeenObject } from "../seen-object.ts";
import { modelOf, type Described } from "./described.ts";

const Data = z.object({ data: z.record(z.string(), z.string()).default({}) });

const Admitter = z.object({ deployer: z.string(), commit: z.string() });

/** The record of an admitted release: what it was judged by, file by file. */
export function describeAdmission(object: SeenObject): Described {
  const { data } = Data.catch({ data: {} }).parse(object);
  const documents = Object.entries(data)
    .filter(([file]) => file.endsWith(".json") && file !== "manifest.json")
    .map(([file, text]) => [file.slice(0, -".json".length), parsed(text)] as const);
  const { by, at } = authorOf(object, [["f:data"]]);
  const admitter = Admitter.safeParse(parsed(data["admission.json"] ?? "")).data;
  return {
    model: modelOf(object),
    // The record never changes, so what it says of who made it was said then.
    by: { ...by, ...admitter },
    at,
    change: {
      kind: "admission",
      from: null,
      to: {
        release: data["digest"] ?? "",
        version: data["version"] ?? null,
        record: sha256Hex(canonicalJson(data)),
      },
      evidence: {
        ...Object.fromEntries(documents),
        ...(data["from"] === undefined ? {} : { from: data["from"] }),
      },
    },
  };
}

/** A hold, whatever it holds: one that cannot be read is seen all the same. */
export function describeHold(object: SeenObject): Described {
  const { data } = Data.catch({ data: {} }).parse(object);
  const text = (key: string) => data[key] ?? "";
  return {
    model: modelOf(object),
    ...authorOf(object, [["f:data"]]),
    change: {
      kind: "hold",
      from: null,
      to: { release: text("release"), reason: text("reason"), by: text("by"), at: text("at") },
    },
  };
}

function parsed(text: string): z.infer<ReturnType<typeof z.json>> {
  try {
    return z.json().parse(JSON.parse(text));
  } catch {
    return text;
  }
}
