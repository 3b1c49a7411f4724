/**
 * Content of a report, independent of its form: sections of tables whose numbers carry their source.
 *
 * @module
 */
import { METRIC_STYLES, printed, type Style } from "./print.ts";
import type { MeanRow, ReportData } from "./tables.ts";
import { PARTS } from "./gather.ts";

/** A number with its place in `metrics.json`, such as `means/3/mean`. */
export interface NumberCell {
  readonly value: number;
  readonly style: Style;
  readonly at: string;
}

/** A cell of a table; several numbers stand one after the other. */
export type Cell = string | readonly (string | NumberCell)[];

/** A part of a report. */
export interface Section {
  readonly title: string;
  readonly text?: string;
  readonly header?: readonly string[];
  readonly rows?: readonly (readonly Cell[])[];
}

/** Returns the text of a cell. */
export function cellText(cell: Cell): string {
  if (typeof cell === "string") return cell;
  return cell.map((part) => typeof part === "string" ? part : printed(part.value, part.style)).join("");
}

/** All sections, the most wanted first. */
export function sectionsOf(data: ReportData): Section[] {
  return [
    countSection(data),
    ...data.viewNames.flatMap((view) => meanSections(data, view)),
    deltaSection(data),
    viewSection(data),
    costSection(data),
    shortfallSection(data),
    holeSection(data),
  ].filter((section) => section.text !== undefined || (section.rows?.length ?? 0) > 0);
}

const number = (value: number | null, style: Style, at: string): Cell =>
  value === null ? "" : [{ value, style, at }];

function doseCell(dose: number | null, at: string): Cell {
  return dose === null ? "as measured" : [{ value: dose, style: "dose", at }];
}

function labelOf({ methods }: ReportData, id: string | null): string {
  return methods.find((method) => method.id === id)?.label ?? id ?? "";
}

function countSection({ counts }: ReportData): Section {
  const names = Object.keys(counts);
  return {
    title: "Jobs",
    header: names.map((name) => name.replace("n_", "")),
    rows: [names.map((name) => number(counts[name], "count", `counts/${name}`))],
  };
}

/** For each metric and part a table: a row for each dose, a column for each method. */
function meanSections(data: ReportData, view: string): Section[] {
  return data.metrics.flatMap((metric) =>
    PARTS.flatMap((part): Section[] => {
      const wanted = (row: MeanRow) =>
        row.metric === metric && row.part === part && row.view === view && row.split === data.split;
      const found = [...data.means.entries()].filter(([, row]) => wanted(row));
      if (found.length === 0) return [];
      // where each dose stands first
      const doses = new Map<number | null, number>();
      for (const [k, row] of data.means.entries()) {
        if (row.view === view && row.split === data.split && !doses.has(row.dose)) doses.set(row.dose, k);
      }
      const { style, title } = METRIC_STYLES[metric];
      const cell = (dose: number | null, method: string): Cell => {
        const entry = found.find(([, row]) => row.dose === dose && row.method === method);
        if (!entry) return "missing";
        const [k, { mean, min, max, n }] = entry;
        const at = (key: string, value: number) => ({ value, style, at: `means/${k}/${key}` });
        return n === 1
          ? [at("mean", mean)]
          : [at("mean", mean), " (", at("min", min), " to ", at("max", max), ")"];
      };
      return [{
        title: `${title} of the ${part}, view ${view}, ${data.split} half`,
        header: ["photons per pattern", ...data.methods.map(({ label }) => label)],
        rows: [...doses].map(([dose, k]) => [
          doseCell(dose, `means/${k}/dose`),
          ...data.methods.map(({ id }) => cell(dose, id)),
        ]),
      }];
    })
  );
}

function deltaSection(data: ReportData): Section {
  const rows = [...data.deltas.entries()].filter(([, { metric, split }]) =>
    split === data.split && (metric === "ms_ssim" || metric === "ssim" || metric === "mae")
  );
  return {
    title: `${data.methods[0]?.label ?? ""} less each other method, ${data.split} half`,
    header: ["metric", "part", "view", "photons per pattern", "less", "difference"],
    rows: rows.map(([k, { metric, part, view, dose, minus, delta }]) => [
      METRIC_STYLES[metric].title,
      part,
      view,
      doseCell(dose, `deltas/${k}/dose`),
      labelOf(data, minus),
      number(delta, METRIC_STYLES[metric].delta, `deltas/${k}/delta`),
    ]),
  };
}

function viewSection({ views }: ReportData): Section {
  return {
    title: "Views as they were made",
    header: [
      "view",
      "half",
      "photons per pattern",
      "measured",
      "repeat",
      "patterns",
      "of",
      "overlap",
      "wanted",
      "within groups",
      "between groups",
      "choice",
      "acceptance bound",
    ],
    rows: views.map((row, k) => [
      row.view,
      row.split,
      doseCell(row.dose, `views/${k}/dose`),
      number(row.dose_measured, "count", `views/${k}/dose_measured`),
      number(row.repeat, "count", `views/${k}/repeat`),
      number(row.patterns, "count", `views/${k}/patterns`),
      number(row.patterns_total, "count", `views/${k}/patterns_total`),
      number(row.overlap_measured, "ratio", `views/${k}/overlap_measured`),
      number(row.overlap_wanted, "ratio", `views/${k}/overlap_wanted`),
      number(row.overlap_in_groups, "ratio", `views/${k}/overlap_in_groups`),
      number(row.overlap_of_groups, "ratio", `views/${k}/overlap_of_groups`),
      row.strategy,
      number(row.acceptance_bound, "ratio", `views/${k}/acceptance_bound`),
    ]),
  };
}

function costSection(data: ReportData): Section {
  return {
    title: "Costs",
    header: ["kind", "method", "jobs", "seconds", "CPU seconds", "peak memory"],
    rows: data.totals.map((row, k) => [
      row.kind,
      labelOf(data, row.method),
      number(row.jobs, "count", `totals/${k}/jobs`),
      number(row.seconds, "seconds", `totals/${k}/seconds`),
      number(row.cpu_seconds, "seconds", `totals/${k}/cpu_seconds`),
      number(row.peak_memory_bytes, "bytes", `totals/${k}/peak_memory_bytes`),
    ]),
  };
}

function shortfallSection(data: ReportData): Section {
  return {
    title: "Means under what was asked for",
    header: ["metric", "part", "view", "method", "mean over the doses", "least"],
    rows: data.shortfalls.map(({ metric, part, view, method, mean, least }, k) => [
      METRIC_STYLES[metric].title,
      part,
      view,
      labelOf(data, method),
      number(mean, METRIC_STYLES[metric].style, `shortfalls/${k}/mean`),
      number(least, METRIC_STYLES[metric].style, `shortfalls/${k}/least`),
    ]),
  };
}

function holeSection(data: ReportData): Section {
  return {
    title: "What is missing, and why",
    header: ["photons per pattern", "view", "method", "half", "repeat", "reason", "text", "job"],
    rows: data.holes.map((hole, k) => [
      doseCell(hole.dose, `holes/${k}/dose`),
      hole.view,
      labelOf(data, hole.method),
      hole.split,
      number(hole.repeat, "count", `holes/${k}/repeat`),
      hole.code,
      hole.text,
      hole.job,
    ]),
  };
}
