/**
 * The report of a study: one page, its figures, tables for people and for programs.
 *
 * @module
 */
import { isRecord, jsonText } from "../../common/mod.ts";
import { makeFolder, openCsv, writeFileAtomic } from "../../host/mod.ts";
import type { Job } from "../plan/job.ts";
import { readPlan } from "../plan/plan_files.ts";
import { summarise } from "../run/summary.ts";
import { drawFigures } from "./figures.ts";
import { gather, type Metric } from "./gather.ts";
import { htmlPage } from "./html.ts";
import { markdownText } from "./markdown.ts";
import { deltasOf, meansOf, type ReportData, shortfallsOf, totalsOf } from "./tables.ts";

/** Forms of a report. */
export const REPORT_FORMATS = Object.freeze(["html", "md", "csv", "json"] as const);

/** One of {@linkcode REPORT_FORMATS}. */
export type ReportFormat = typeof REPORT_FORMATS[number];

/** Writes the report of the study in `dir`, as the report's job asks for it. */
export async function writeReport(
  dir: string,
  job: Job,
  { out, formats = REPORT_FORMATS }: { readonly out: string; readonly formats?: readonly ReportFormat[] },
): Promise<ReportData> {
  const data = await reportData(dir, job);
  await makeFolder(out);
  const wants = (format: ReportFormat) => formats.includes(format);
  if (wants("json")) await writeFileAtomic(`${out}/metrics.json`, `${jsonText(data, { indent: 1 })}\n`);
  if (wants("csv")) await writeTables(out, data);
  const figures = wants("html") || wants("md")
    ? await drawFigures(dir, data, { out, pictures: wantsPictures(job) })
    : [];
  if (wants("html")) await writeFileAtomic(`${out}/index.html`, htmlPage(data, figures));
  if (wants("md")) await writeFileAtomic(`${out}/summary.md`, markdownText(data, figures));
  return data;
}

function wantsPictures({ settings }: Job): boolean {
  return isRecord(settings.report) && settings.report.pictures !== false;
}

/** Gathers what a report shows. */
export async function reportData(dir: string, job: Job): Promise<ReportData> {
  const plan = await readPlan(dir);
  // the settings come from the checked study by way of job.json
  const settings = job.settings as unknown as {
    readonly name: string;
    readonly report: {
      readonly title?: string;
      readonly metrics: readonly Metric[];
      readonly least: Partial<Record<Metric, number>>;
      readonly split?: ReportData["split"];
    };
    readonly labels: Readonly<Record<string, string>>;
    readonly views: readonly string[];
  };
  const { report, labels, name } = settings;
  const gathered = await gather(dir, plan, report.metrics);
  const means = meansOf(gathered.rows);
  const methods = Object.entries(labels).map(([id, label]) => ({ id, label }));
  const splits = new Set(
    plan.jobs.filter(({ kind }) => kind === "compare").map(({ axes }) => axes.split ?? "all"),
  );
  const split = report.split ?? (splits.has("test") ? "test" : [...splits][0] ?? "all");
  const { jobs: _rows, ...counts } = await summarise(dir, plan.jobs.filter(({ kind }) => kind !== "report"));
  return {
    name,
    title: report.title ?? name,
    split,
    methods,
    viewNames: settings.views,
    metrics: report.metrics,
    counts,
    means,
    deltas: deltasOf(means, methods.map(({ id }) => id)),
    totals: totalsOf(gathered.costs),
    shortfalls: shortfallsOf(means, { least: report.least, split }),
    ...gathered,
  };
}

const METRIC_COLUMNS = [
  "dose",
  "dose_measured",
  "view",
  "overlap_measured",
  "method",
  "split",
  "repeat",
  "metric",
  "part",
  "value",
  "job",
] as const;
const DELTA_COLUMNS = ["dose", "view", "split", "metric", "part", "method", "minus", "delta"] as const;
const COST_COLUMNS = [
  "kind",
  "method",
  "view",
  "dose",
  "split",
  "repeat",
  "seconds",
  "cpu_seconds",
  "peak_memory_bytes",
  "attempts",
  "job",
] as const;

async function writeTables(out: string, { rows, deltas, costs }: ReportData): Promise<void> {
  await writeTable(`${out}/metrics.csv`, METRIC_COLUMNS, rows);
  await writeTable(`${out}/deltas.csv`, DELTA_COLUMNS, deltas);
  await writeTable(`${out}/costs.csv`, COST_COLUMNS, costs);
}

async function writeTable<Column extends string>(
  path: string,
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string | number | null>>[],
): Promise<void> {
  const kept = rows.map((row) => columns.map((column) => row[column] ?? undefined));
  await using csv = await openCsv(path, columns, { kept });
  await csv.close();
}
