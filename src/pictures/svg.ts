/**
 * Writes SVG elements as text, and measures text.
 *
 * @module
 */
import { escapeMarkup } from "../common/mod.ts";

/** Values of attributes; numbers are rounded to hundredths, `undefined` leaves an attribute out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** Fonts of figures: the one that PNG files are drawn with, then what a viewer of the SVG has. */
export const FONT_FAMILY = "Inter, Helvetica, Arial, sans-serif";

/** Colour of text and of the lines of axes. */
const INK = "#222222";
/** Colour of frames, notes and dashed curves. */
export const FAINT = "#6b6b6b";

/** Writes one element; `content` is SVG already. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escapeXml(String(value))}"`)
    .join("");
  return content === undefined ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** Place and style of a text. */
export interface TextStyle {
  readonly x: number;
  /** The base line. */
  readonly y: number;
  /** In pixels. Default 12. */
  readonly size?: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
  readonly fill?: string;
  /** Reads upwards. Default false. */
  readonly upwards?: boolean;
}

/** Writes a text element, its content escaped. */
export function textElement(content: string, style: TextStyle): string {
  const { x, y, size = 12, anchor = "start", bold = false, fill = INK, upwards = false } = style;
  return element("text", {
    x,
    y,
    "font-size": size,
    "text-anchor": anchor === "start" ? undefined : anchor,
    "font-weight": bold ? 600 : undefined,
    fill,
    transform: upwards ? `rotate(-90 ${round(x)} ${round(y)})` : undefined,
  }, escapeXml(content));
}

/** Text of XML, which forbids control characters even when they are escaped. */
function escapeXml(text: string): string {
  const allowed = [...text].filter((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0x20 && code !== 0xfffe && code !== 0xffff || character === "\t" || character === "\n";
  });
  return escapeMarkup(allowed.join(""));
}

/** Advance widths of the printable ASCII characters in Inter Regular, in hundredths of the size of the font. */
// deno-fmt-ignore
const ADVANCES = [
  28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29, 30, 66,
  66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74, 69, 99, 68, 68,
  63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53, 33, 59, 56,
  82, 55, 56, 55, 43, 33, 43, 66,
];
/** Advance of any other character. */
const OTHER_ADVANCE = 66;
/** Inter SemiBold is this much wider. */
const BOLD = 1.04;

/**
 * Returns the width of a text in pixels: that of Inter to a few percent; characters beyond ASCII count as wide ones.
 */
export function textWidth(text: string, { size = 12, bold = false } = {}): number {
  let hundredths = 0;
  for (const character of text) {
    hundredths += ADVANCES[(character.codePointAt(0) ?? 0) - 32] ?? OTHER_ADVANCE;
  }
  return hundredths / 100 * size * (bold ? BOLD : 1);
}

/** Breaks a text between words so that no line is wider than `width`, unless one word is. */
export function wrapText(text: string, width: number, { size = 12, bold = false } = {}): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((one) => one)) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, { size, bold }) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
