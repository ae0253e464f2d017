import { uniqueName } from "../shared/unique-name.ts";
import type { Properties } from "../shared/values.ts";
import { textAt } from "../shared/values.ts";
import {
  annotate,
  annotationIsTrue,
  annotations,
  metadataIsUnknown,
  nameOf,
  setMetadata,
} from "./metadata.ts";

/** What the stack's `pulumi:autonaming` setting asks for. */
export interface Autonaming {
  mode: "propose" | "enforce" | "disable";
  proposedName: string;
}

/**
 * Gives a new object a name where the program gave none: `<logical name>-<8 hex>`, marked by an annotation so that a
 * later replacement knows that it may choose another.
 * @throws where the stack turned automatic names off.
 */
export function assignName(
  inputs: Properties,
  logicalName: string,
  seed: Uint8Array,
  autonaming?: Autonaming,
): void {
  if (metadataIsUnknown(inputs, "name") || metadataIsUnknown(inputs, "generateName")) return;
  if (nameOf(inputs) !== "" || textAt(inputs, "metadata", "generateName") !== "") return;
  if (autonaming?.mode === "disable") {
    throw new Error(
      `resource "${logicalName}" has no metadata.name, and this stack turns automatic names off (pulumi:autonaming): give it one`,
    );
  }
  const name = autonaming?.proposedName || uniqueName(`${logicalName}-`, seed);
  setMetadata(inputs, "name", name);
  annotate(inputs, annotations.autonamed, "true");
}

/** Keeps the automatic name an object already has. */
export function adoptName(inputs: Properties, oldInputs: Properties): void {
  if (metadataIsUnknown(inputs, "name") || nameOf(inputs) !== "") return;
  if (!annotationIsTrue(oldInputs, annotations.autonamed)) return;
  setMetadata(inputs, "name", nameOf(oldInputs));
  annotate(inputs, annotations.autonamed, "true");
}
