import {
  type Document,
  isMap,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  stringify,
  type YAMLMap,
} from "yaml";
import { isDeepStrictEqual } from "node:util";
import { otherSlot } from "../model-slots.ts";
import { EditError, type SlotEdit } from "./slots.ts";

const modelsKey = "isotherm:models";

/**
 * Reads a stack file, as YAML that an edit can be made in.
 * @throws EditError where it is not YAML
 */
export function parseStackFile(text: string, file: string): Document {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined) throw new EditError(`${file}: ${mistake.message}`);
  return document;
}

/**
 * Writes edits of a model's slots into the text of a stack file, and touches nothing else: comments, order, quotes and
 * spaces stay. Where the place of an edit cannot be found in the text, the document is written anew, with its comments.
 * @throws EditError where the file has no such model
 */
export function editSlots(
  text: string,
  file: string,
  model: string,
  edits: readonly SlotEdit[],
): string {
  if (edits.length === 0) return text;
  const document = parseStackFile(text, file);
  const path = ["config", modelsKey, model];
  const before = document.getIn(path);
  if (!isMap(before)) throw new EditError(`${file}: ${modelsKey} has no model "${model}"`);
  const spliced = splice(text, { map: before, key: keyOfModel(document, model) }, edits);
  for (const edit of edits) editDocument(document, path, edit);
  const written = spliced === undefined ? undefined : parseDocument(spliced);
  if (written?.errors.length === 0 && isDeepStrictEqual(written.toJS(), document.toJS())) {
    return spliced as string;
  }
  return document.toString({ lineWidth: 0 });
}

const keys = ["release", "from", "compare", "weight"] as const;
type Key = (typeof keys)[number];
type Value = NonNullable<SlotEdit[Key]>;

function editDocument(document: Document, path: readonly string[], edit: SlotEdit): void {
  const place = [...path, edit.slot];
  if (!isMap(document.getIn(place))) {
    const slot = document.createNode({}) as YAMLMap;
    slot.flow = true;
    document.setIn(place, slot);
  }
  for (const key of keys) {
    if (!Object.hasOwn(edit, key)) continue;
    const value = edit[key];
    if (value === undefined) document.deleteIn([...place, key]);
    else document.setIn([...place, key], nodeOf(document, key, value));
  }
}

function nodeOf(document: Document, key: Key, value: Value): Node {
  if (typeof value === "object") {
    const map = document.createNode(value);
    map.flow = true;
    return map;
  }
  const node = new Scalar(value);
  // Twelve digits without a letter are a number to YAML.
  if (key === "release") node.type = Scalar.QUOTE_DOUBLE;
  return node;
}

function textOf(key: Key, value: Value): string {
  if (typeof value === "object") {
    return stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd();
  }
  return key === "release" ? JSON.stringify(value) : String(value);
}

/** A model in the document. */
interface ModelPlace {
  map: YAMLMap;
  /** Its name. */
  key: Scalar | undefined;
}

function keyOfModel(document: Document, model: string): Scalar | undefined {
  const models = document.getIn(["config", modelsKey]);
  const pair = isMap(models) ? models.items.find((item) => keyOf(item) === model) : undefined;
  return isScalar(pair?.key) ? pair.key : undefined;
}

/** A piece of the text that is replaced. */
interface Cut {
  start: number;
  end: number;
  text: string;
}

/** The text with the edits in their places, or undefined where one has no place that is easy to find. */
function splice(text: string, model: ModelPlace, edits: readonly SlotEdit[]): string | undefined {
  const cuts = edits.map((edit) => cutsOf(text, model, edit));
  if (!cuts.every((found) => found !== undefined)) return undefined;
  return cuts
    .flat()
    .sort((a, b) => b.start - a.start)
    .reduce(
      (done, { start, end, text: put }) => done.slice(0, start) + put + done.slice(end),
      text,
    );
}

function cutsOf(text: string, model: ModelPlace, edit: SlotEdit): Cut[] | undefined {
  const slot = model.map.get(edit.slot, true);
  if (slot === undefined) return newSlot(text, model, edit);
  if (!isMap(slot)) return undefined;
  const cuts = keys
    .filter((key) => Object.hasOwn(edit, key))
    .map((key): Cut | undefined => {
      const value = edit[key];
      const held = slot.get(key, true);
      if (value === undefined) {
        return held === undefined ? { start: 0, end: 0, text: "" } : goneKey(slot, key);
      }
      if (held === undefined) return newKey(text, slot, key, value);
      if (!(isScalar(held) || isMap(held)) || held.range == null) return undefined;
      return { start: held.range[0], end: held.range[1], text: textOf(key, value) };
    });
  return cuts.every((cut) => cut !== undefined) ? cuts : undefined;
}

/** A key is taken away with the comma before it, where the slot is written on one line. */
function goneKey(slot: YAMLMap, key: Key): Cut | undefined {
  const index = slot.items.findIndex((pair) => keyOf(pair) === key);
  const [before, gone] = [slot.items[index - 1], slot.items[index]];
  const [start, end] = [before && endOf(before), gone && endOf(gone)];
  if (slot.flow !== true || start === undefined || end === undefined) return undefined;
  return { start, end, text: "" };
}

function newKey(text: string, slot: YAMLMap, key: Key, value: Value): Cut | undefined {
  const last = slot.items.at(-1);
  const end = last && endOf(last);
  const start = last && startOf(last);
  if (end === undefined || start === undefined) return undefined;
  const put = `${key}: ${textOf(key, value)}`;
  return slot.flow === true
    ? { start: end, end, text: `, ${put}` }
    : { start: end, end, text: `\n${" ".repeat(columnOf(text, start))}${put}` };
}

/** A line of its own after the other slot, or below the model's name where there is none. */
function newSlot(text: string, { map, key }: ModelPlace, edit: SlotEdit): Cut[] | undefined {
  if (map.flow === true) return undefined;
  const pairs = keys.flatMap((name) => {
    const value = edit[name];
    return value === undefined ? [] : [`${name}: ${textOf(name, value)}`];
  });
  const inline = ` { ${pairs.join(", ")} }`;
  const neighbour = map.items.find((pair) => keyOf(pair) === otherSlot[edit.slot]);
  if (neighbour === undefined) {
    const first = map.items[0] && startOf(map.items[0]);
    const end = key?.range?.[1];
    if (first === undefined || end === undefined) return undefined;
    return [lineAfter(text, end, columnOf(text, first), `${edit.slot}:${inline}`)];
  }
  if (!isMap(neighbour.value)) return undefined;
  const [start, end] = [startOf(neighbour), endOf(neighbour)];
  if (start === undefined || end === undefined) return undefined;
  const inside = neighbour.value.items[0];
  const inner = inside && startOf(inside);
  const isFlow = neighbour.value.flow === true || inner === undefined;
  const value = isFlow
    ? inline
    : pairs.map((pair) => `\n${" ".repeat(columnOf(text, inner))}${pair}`).join("");
  return [lineAfter(text, end, columnOf(text, start), `${edit.slot}:${value}`)];
}

/** What else is on the line of that place, such as a comment, stays there. */
function lineAfter(text: string, place: number, column: number, put: string): Cut {
  const line = text.indexOf("\n", place);
  const end = line < 0 ? text.length : line;
  return { start: end, end, text: `\n${" ".repeat(column)}${put}` };
}

function keyOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}

function startOf({ key }: Pair): number | undefined {
  return isScalar(key) ? key.range?.[0] : undefined;
}

/** Where the value ends, what follows it on its line left out. */
function endOf({ value }: Pair): number | undefined {
  if (isMap(value) && value.flow !== true) {
    const last = value.items.at(-1);
    return last && endOf(last);
  }
  return isScalar(value) || isMap(value) ? value.range?.[1] : undefined;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
