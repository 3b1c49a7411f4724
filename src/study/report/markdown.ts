/**
 * The report as Markdown.
 *
 * @module
 */
import type { Figure } from "./figures.ts";
import { cellText, type Section, sectionsOf } from "./sections.ts";
import type { ReportData } from "./tables.ts";

/** Returns the text of `summary.md`; `figures` are linked. */
export function markdownText(data: ReportData, figures: readonly Figure[]): string {
  return [
    `# ${data.title}`,
    ...sectionsOf(data).flatMap(sectionText),
    ...figures.map(({ path, caption }) => `![${caption}](${path})`),
  ].join("\n\n") + "\n";
}

function sectionText({ title, text, header = [], rows = [] }: Section): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  const table = rows.length === 0 ? [] : [
    [line(header), line(header.map(() => "---")), ...rows.map((row) => line(row.map(cellText)))].join("\n"),
  ];
  return [`## ${title}`, ...(text ? [text] : []), ...table];
}
