/**
 * The page of a run: one file that needs nothing beside it.
 *
 * @module
 */
import { escapeMarkup } from "../../../common/mod.ts";
import { base64, files } from "../../../host/mod.ts";
import { type Verdict, verdictLines } from "../../../solver/mod.ts";
import type { Decision } from "./decide.ts";

/** A picture of the page. */
export interface PagePicture {
  readonly path: string;
  readonly caption: string;
}

/** What the page shows. */
export interface PageContent {
  readonly title: string;
  readonly verdict: Verdict;
  readonly pictures: readonly PagePicture[];
  readonly facts: readonly (readonly [string, string])[];
  readonly decisions: readonly Decision[];
  /** Blur in pixels and misfit of each probe that was tried. */
  readonly probes: readonly { readonly blurPx: number; readonly error: number }[];
  readonly notes: readonly string[];
  /** What is doubtful in the scan. */
  readonly doubts: readonly string[];
  readonly commands: readonly string[];
}

/** Returns the text of the page. */
export async function runPage(content: PageContent): Promise<string> {
  const { title, verdict, pictures, facts, decisions, probes, notes, doubts, commands } = content;
  const figures = await Promise.all(pictures.map(figure));
  return [
    "<!doctype html>",
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeMarkup(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeMarkup(title)}</h1>`,
    ...verdictHtml(verdict),
    ...listed("Doubtful in the scan", doubts),
    `<div class="figures">${figures.join("")}</div>`,
    "<h2>The scan</h2>",
    table(facts),
    "<h2>What was decided, and why</h2>",
    table(decisions.map(({ what, why }) => [what, why])),
    ...(probes.length > 0
      ? [
        "<details><summary>Probes that were tried, with their misfits</summary>",
        table(probes.map(({ blurPx, error }) => [`blur of ${blurPx.toFixed(1)} px`, error.toPrecision(3)])),
        "</details>",
      ]
      : []),
    ...listed("From reading the file", notes),
    "<h2>The same by hand</h2>",
    `<pre>${escapeMarkup(commands.join("\n"))}</pre>`,
    "</body></html>",
  ].join("\n") + "\n";
}

function verdictHtml(verdict: Verdict): string[] {
  const [word, ...reasons] = verdictLines(verdict);
  return [
    `<p class="verdict ${verdict.word}">${escapeMarkup(word)}</p>`,
    ...list(reasons),
  ];
}

const listed = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? [`<h2>${escapeMarkup(title)}</h2>`, ...list(lines)] : [];

const list = (lines: readonly string[]): string[] =>
  lines.length > 0 ? [`<ul>${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join("")}</ul>`] : [];

async function figure({ path, caption }: PagePicture): Promise<string> {
  const text = escapeMarkup(caption), data = base64(await files.read(path));
  return `<figure><img alt="${text}" src="data:image/png;base64,${data}"><figcaption>${text}</figcaption></figure>`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([name, value]) =>
    `<tr><th scope="row">${escapeMarkup(name)}</th><td>${escapeMarkup(value)}</td></tr>`
  );
  return `<table>${lines.join("")}</table>`;
}

const STYLE =
  ":root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em}" +
  ".verdict{font-size:1.15em;padding:.5em .8em;border-left:.4em solid #888;background:#8882}" +
  ".good{border-color:#2a8a3e}.doubtful{border-color:#c98a00}.failed{border-color:#c0392b}" +
  ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(360px,1fr));gap:1em}figure{margin:0}" +
  "img{max-width:100%;height:auto;background:#fff}figcaption{opacity:.75}table{border-collapse:collapse}" +
  "th,td{text-align:left;vertical-align:top;padding:.25em .8em .25em 0;border-bottom:1px solid #8884}th{font-weight:500}" +
  "pre{overflow:auto;padding:.8em;background:#8882}";
