/**
 * The report as one page that needs nothing beside it: figures inside, no script.
 *
 * @module
 */
import { escapeMarkup, unescapeMarkup } from "../../common/mod.ts";
import { base64 } from "../../host/mod.ts";
import type { DrawnFigure } from "./figures.ts";
import { printed } from "./print.ts";
import { type Cell, type Section, sectionsOf } from "./sections.ts";
import type { ReportData } from "./tables.ts";

/**
 * Returns the text of a page. Each number stands in a `data` element with its value and its place in `metrics.json`.
 */
export function htmlPage(data: ReportData, figures: readonly DrawnFigure[]): string {
  const [counts, ...sections] = sectionsOf(data);
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><title>${
      escapeMarkup(data.title)
    }</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeMarkup(data.title)}</h1>`,
    sectionHtml(counts),
    ...figures.map(figureHtml),
    ...sections.map(sectionHtml),
    "</body></html>",
  ].join("\n") + "\n";
}

/** A number of a page as it can be read back. */
export interface PrintedNumber {
  readonly value: number;
  readonly at: string;
  readonly style: string;
  readonly text: string;
}

/** All numbers of a page. */
export function numbersIn(page: string): PrintedNumber[] {
  const pattern = /<data value="([^"]*)" data-at="([^"]*)" data-style="([^"]*)">([^<]*)<\/data>/g;
  return [...page.matchAll(pattern)].map(([, value, at, style, text]) => ({
    value: Number(value),
    at,
    style,
    text: unescapeMarkup(text),
  }));
}

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#222}" +
  "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{border:1px solid #ccc;padding:.25em .6em;text-align:left}" +
  "data{font-variant-numeric:tabular-nums}figure{margin:1.5em 0}img,svg{max-width:100%;height:auto}figcaption{color:#555}";

/** SVG stands in the page as it is, a third smaller than in base64. */
function figureHtml({ caption, type, bytes }: DrawnFigure): string {
  const text = escapeMarkup(caption);
  const picture = type === "image/svg+xml"
    ? new TextDecoder().decode(bytes).trim().replace("<svg ", `<svg role="img" aria-label="${text}" `)
    : `<img alt="${text}" src="data:${type};base64,${base64(bytes)}">`;
  return `<figure>${picture}<figcaption>${text}</figcaption></figure>`;
}

function sectionHtml({ title, text, header = [], rows = [] }: Section): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const table = rows.length === 0
    ? ""
    : `<table>${line(header.map(escapeMarkup), "th")}${
      rows.map((row) => line(row.map(cellHtml), "td")).join("\n")
    }</table>`;
  return `<section><h2>${escapeMarkup(title)}</h2>${
    text ? `<p>${escapeMarkup(text)}</p>` : ""
  }${table}</section>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === "string") return escapeMarkup(cell);
  return cell.map((part) =>
    typeof part === "string"
      ? escapeMarkup(part)
      : `<data value="${part.value}" data-at="${part.at}" data-style="${part.style}">${
        escapeMarkup(printed(part.value, part.style))
      }</data>`
  ).join("");
}
