/** Part of an SVG document; made by `element` and `text` only, so that whatever it holds is escaped. */
export interface SvgNode {
  markup: string;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element; attributes that are undefined are left out, numbers are rounded to hundredths of a pixel. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly (SvgNode | undefined)[] = [],
): SvgNode {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? round(value) : value!)}"`)
    .join("");
  const inner = children.map((child) => child?.markup ?? "").join("");
  return {
    markup: inner === "" ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`,
  };
}

/** A line of text; `anchor` says which part of it is at (x, y). */
export function text(
  content: string,
  x: number,
  y: number,
  { anchor = "start", ...rest }: { anchor?: "start" | "middle" | "end" } & Attributes = {},
): SvgNode {
  return element("text", { x, y, "text-anchor": anchor, ...rest }, [{ markup: escape(content) }]);
}

export function group(attributes: Attributes, children: readonly (SvgNode | undefined)[]): SvgNode {
  return element("g", attributes, children);
}

export function round(value: number): string {
  return String(Math.round(100 * value) / 100);
}

function escape(content: string): string {
  return content
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
