/**
 * The report of `plica inspect` on an NPZ.
 *
 * @module
 */
import type { DataError } from "../../../common/mod.ts";
import type { Npz } from "../../../formats/mod.ts";
import { inspectScan, type OpenScanOptions, type ScanOverlap, type ScanReport } from "../../../scan/mod.ts";

import { type ArrayStats, arrayStats } from "./array_stats.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";
import { EXIT } from "../../shell/exit.ts";
import { inspectResult, isResult } from "./inspect_result.ts";
import { formatBytes, formatNumber, formatTable } from "../../shell/table.ts";

interface ArrayReport {
  readonly key: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly inPlace: boolean;
  readonly stats?: ArrayStats;
}

/** A file with one of these is looked at as a scan; anything else is shown as it is. */
const SCAN_KEYS = ["diffraction", "diff3d", "xcoords", "ycoords", "probeGuess"];

/**
 * Returns the report on an open NPZ; one that holds parts of a scan is checked as a scan, one with an object alone as
 * a result.
 */
export async function inspectNpz(
  npz: Npz,
  { reading, ...workspace }: Workspace & { readonly reading: OpenScanOptions },
): Promise<CommandResult> {
  const { file } = npz;
  const { signal } = workspace;
  const result = isResult(npz) ? await inspectResult(npz, { signal }) : undefined;
  const scan = !result && SCAN_KEYS.some((key) => npz.has(key))
    ? await inspectScan(npz.source.path ?? file, { ...reading, name: file, signal })
    : undefined;
  const arrays = await arrayReports(npz, workspace);
  const problems = problemsOf(npz, arrays, (result ?? scan)?.problems);
  const { problems: _, entries: __, ...facts } = scan ?? { ...result?.facts, problems: [], entries: [] };
  const doubts = scan?.doubts ?? [];
  const kind = result ? "result" : scan ? "scan" : "npz";
  return {
    summary: { file, kind, bytes: npz.source.size, ...facts, arrays, problems },
    lines: [
      `${file}: ${kind === "npz" ? "NPZ" : kind}, ${formatBytes(npz.source.size)}`,
      "",
      ...tableOf(arrays),
      "",
      ...(result ? [...result.lines, ""] : scan ? [...scanLines(scan), ""] : []),
      ...problems.map((problem) => `problem: ${problem}`),
      ...doubts.map((doubt) => `doubtful: ${doubt}`),
      ...(problems.length + doubts.length === 0 ? ["no problems found"] : []),
    ],
    exitCode: problems.length > 0 ? EXIT.failed : EXIT.done,
  };
}

async function arrayReports(npz: Npz, { screen, signal }: Workspace): Promise<ArrayReport[]> {
  const arrays: ArrayReport[] = [];
  const total = npz.entries.length;
  for (const entry of npz.entries) {
    signal.throwIfAborted();
    screen.progress({ phase: "inspect", done: arrays.length, total, unit: "arrays" });
    const { key, dtype, shape, bytes, inPlace } = entry;
    const stats = await arrayStats(npz, entry);
    arrays.push({ key, dtype, shape, bytes, inPlace, ...(stats ? { stats } : {}) });
  }
  screen.progress({ phase: "inspect", done: total, total, unit: "arrays" });
  return arrays;
}

/** The problems that were found, and values that are no numbers in arrays that none of them names. */
function problemsOf(npz: Npz, arrays: readonly ArrayReport[], found?: readonly DataError[]): string[] {
  const named = found ?? [...npz.unreadable.values()];
  const damaged = arrays.filter(({ key, stats }) =>
    (stats?.notFinite ?? 0) > 0 && !named.some((problem) => problem.key === key)
  );
  return [
    ...named.map((problem) => problem.message),
    ...damaged.map(({ key, stats }) => `${npz.file}: ${key}: ${stats?.notFinite} values are NaN or infinite`),
  ];
}

function tableOf(arrays: readonly ArrayReport[]): string[] {
  const header = ["array", "type", "shape", "minimum", "maximum", "mean", "stored"];
  const rows = arrays.map(({ key, dtype, shape, stats, inPlace }) => [
    key,
    dtype,
    shape.join(" x ") || "one value",
    ...[stats?.minimum, stats?.maximum, stats?.mean].map((value) =>
      value === undefined ? "" : formatNumber(value)
    ),
    inPlace ? "in place" : "packed",
  ]);
  return formatTable(header, rows);
}

function scanLines(scan: ScanReport): string[] {
  const { n, size, measurement, probeModes, meanCounts, maxCounts, extentPx, pixelSizeM, labels } = scan;
  const facts: [string, string | undefined][] = [
    ["patterns", n && size ? `${n} of ${size} x ${size}, stored as ${measurement}` : undefined],
    [
      "photons",
      meanCounts &&
      `${formatNumber(meanCounts)} in a pattern, at most ${formatNumber(maxCounts ?? NaN)} in a pixel`,
    ],
    ["bad pixels", scan.badPixels && `${scan.badPixels}, which do not count`],
    ["probe", probeModes && `${probeModes} mode${probeModes > 1 ? "s" : ""}`],
    ["positions", extentPx && coverageOf(scan, extentPx)],
    ["overlap", scan.overlap && overlapOf(scan.overlap)],
    ["pixel size", pixelSizeM && `${formatNumber(pixelSizeM * 1e9)} nm`],
    ["geometry", scan.geometry && geometryOf(scan.geometry)],
    ["labels", labels.length > 0 ? labels.join(", ") : undefined],
    ["object", scan.hasObjectGuess ? "a first guess is in the file" : undefined],
    ["reading", scan.streams === false ? "patterns are packed: they are kept in memory" : undefined],
  ].map(([name, fact]) => [String(name), fact ? String(fact) : undefined]);
  return [
    ...facts.flatMap(([name, fact]) => fact ? [`${name.padEnd(11)}${fact}`] : []),
    ...scan.notes.map((note) => `note: ${note}`),
  ];
}

/** Field and lengths; a reconstruction propagates accordingly. */
function geometryOf(
  { propagation, wavelengthM, distanceM, focusDistanceM }: NonNullable<ScanReport["geometry"]>,
): string {
  const field = propagation === "far" ? "far field" : `near field (${propagation})`;
  const focus = focusDistanceM === undefined ? "" : `, ${formatNumber(focusDistanceM)} m behind the focus`;
  return `${field} at ${formatNumber(distanceM)} m, wavelength ${formatNumber(wavelengthM * 1e9)} nm${focus}`;
}

/** Formats the overlap of neighbours; undefined for a single position. */
function overlapOf(
  { positions, neighbours, diameterPx, withinGroups, groupCentres, gridsize }: ScanOverlap,
): string | undefined {
  if (positions === undefined) return undefined;
  const percent = (part: number) => `${Math.round(100 * part)} %`;
  return [
    `${percent(positions)} with the ${neighbours} nearest, probe taken as a disk ${
      formatNumber(Number(diameterPx.toPrecision(3)))
    } pixels wide`,
    ...(withinGroups === undefined ? [] : [`${percent(withinGroups)} within groups of ${gridsize ** 2}`]),
    ...(groupCentres === undefined ? [] : [`${percent(groupCentres)} between their centres`]),
  ].join(", ");
}

/** The scanned area, the canvas around it, and how many patterns see a pixel in the mean. */
function coverageOf({ n = 0, size = 0 }: ScanReport, extent: NonNullable<ScanReport["extentPx"]>): string {
  const width = extent.maxX - extent.minX;
  const height = extent.maxY - extent.minY;
  const seen = n * size * size / ((width + size) * (height + size));
  const area = `x ${formatNumber(extent.minX)} to ${formatNumber(extent.maxX)}, ` +
    `y ${formatNumber(extent.minY)} to ${formatNumber(extent.maxY)} pixels`;
  return `${area}; canvas ${Math.ceil(height + size)} x ${Math.ceil(width + size)}, ` +
    `each pixel in ${formatNumber(Number(seen.toPrecision(3)))} patterns on average`;
}
