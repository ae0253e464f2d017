import type { Change } from "../../../../contracts/ledger.ts";
import { keys } from "../../../../contracts/names.ts";
import type { Authorship } from "../author.ts";
import type { SeenObject } from "../seen-object.ts";

/** What an object says now, before anything is known of what it said. */
export interface Described extends Authorship {
  model: string;
  /** `from` is nothing yet. */
  change: Change;
}

/** The model that an object is of; one without a label is told by its own name. */
export function modelOf({ metadata }: SeenObject): string {
  return metadata.labels[keys.model] ?? metadata.name;
}

/** The same object, gone: nobody's name is left on what was deleted. */
export function gone({ model, change }: Described, object: SeenObject): Described {
  return {
    model,
    change: { ...change, to: null },
    by: { manager: null },
    at: object.metadata.deletionTimestamp,
  };
}
