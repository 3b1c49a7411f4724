/**
 * The jobs that make scans out of scans: a view of a dose, and the halves of a measured scan.
 *
 * @module
 */
import { DataError, fileName, isRecord, jsonText } from "../../common/mod.ts";
import { writeFileAtomic } from "../../host/mod.ts";
import { writeNpz } from "../../formats/mod.ts";
import { probeExtent } from "../../physics/mod.ts";
import { openScan, type Scan, splitHalves, subsetArrays } from "../../scan/mod.ts";
import type { StudyFile } from "../file/schema.ts";
import { ResultError } from "../jobs/results.ts";
import { measureView } from "./measure.ts";
import { selectAll, type Selection, selectSpaced, selectSubsample } from "./select.ts";

/** Settings of a view. */
export interface ViewSettings {
  readonly view: string;
  readonly overlap: number | null;
  readonly views: StudyFile["views"];
  readonly subsampling: number;
  readonly grouping: number;
}

/** Version of the metrics files, as their readers know it. */
const METRICS_VERSION = "1.0";
/** Diameter of the probe over the side of a pattern, where the probe does not say. */
const FALLBACK_DIAMETER = 0.6;

/**
 * Writes `<view>_<split>.npz` for each scan, `<split>_metrics.json` and `metrics_bundle.json`. Throws {@linkcode ResultError}
 * `too-few` with the numbers where a half keeps too few patterns.
 */
export async function makeView(
  scans: Readonly<Record<string, string>>,
  settings: ViewSettings,
  { out, onLine }: { readonly out: string; readonly onLine: (line: string) => void },
): Promise<Record<string, number | string | null>> {
  const { view, views: { least, floor } } = settings;
  const bundle: Record<string, unknown> = {};
  const facts: Record<string, number | string | null> = {};
  for (const [split, file] of Object.entries(scans)) {
    await using scan = await openScan(file);
    const selection = selectView(scan, settings);
    const kept = selection.indices.length;
    onLine(`${view}, ${split}: ${kept} of ${scan.n} patterns kept (${selection.strategy})`);
    if (kept < least) {
      throw new ResultError(
        "too-few",
        `${view}, ${split}: ${kept} of ${scan.n} patterns kept, expected at least ${least}; lower views.least or the spacing`,
      );
    }
    if (kept < floor * scan.n) {
      const direct = selection.directPart === undefined ? "" : `, ${percent(selection.directPart)} directly`;
      throw new ResultError(
        "too-few",
        `${view}, ${split}: ${percent(kept / scan.n)} of the patterns kept${direct}, expected at least ${
          percent(floor)
        }; lower views.floor`,
      );
    }
    const metrics = metricsOf(scan, selection, settings);
    const metadata = { ...isRecord(scan.metadata) ? scan.metadata : {}, view: metrics };
    await writeNpz(
      `${out}/${view}_${split}.npz`,
      await subsetArrays(scan, { file, indices: selection.indices, metadata }),
    );
    await writeFileAtomic(`${out}/${split}_metrics.json`, `${jsonText(metrics, { indent: 2 })}\n`);
    bundle[split] = metrics;
    facts[`overlap_${split}`] = metrics.metric_2_image_based_avg;
    facts[`strategy_${split}`] = selection.strategy;
  }
  await writeFileAtomic(`${out}/metrics_bundle.json`, `${jsonText(bundle, { indent: 2 })}\n`);
  return facts;
}

function diameterOf({ probe, size }: Scan, { views }: ViewSettings): number {
  const given = views["probe-diameter"];
  if (given !== undefined) return given;
  const diameter = 2 * probeExtent(probe.data, { side: size }).radius;
  return diameter > 0 && Number.isFinite(diameter) ? diameter : FALLBACK_DIAMETER * size;
}

function selectView(scan: Scan, settings: ViewSettings): Selection {
  const { views: { select, neighbours }, overlap, view, subsampling: seed } = settings;
  const { positionsPx, size } = scan;
  if (select === "all") return selectAll(positionsPx);
  if (overlap === null) {
    throw new DataError({
      file: "study",
      key: `axes.view.${view}.overlap`,
      found: "none",
      expected: `an overlap for views.select ${select}`,
      remedy: "give it, or set views.select to all",
    });
  }
  if (select !== "subsample") {
    return selectSpaced(positionsPx, {
      spacingPx: (1 - overlap) * size,
      greedy: select === "spacing-greedy",
    });
  }
  return selectSubsample(positionsPx, { overlap, diameterPx: diameterOf(scan, settings), neighbours, seed });
}

/** Under the names that readers of such files know. */
function metricsOf(scan: Scan, selection: Selection, settings: ViewSettings) {
  const { view, views, overlap, subsampling, grouping } = settings;
  const { indices, strategy, part, spacingPx, directPart } = selection;
  const diameterPx = diameterOf(scan, settings);
  const at = (axis: Float64Array) => Float64Array.from(indices, (i) => axis[i]);
  const measured = measureView({ x: at(scan.positionsPx.x), y: at(scan.positionsPx.y) }, {
    diameterPx,
    neighbours: views.neighbours,
    gridsize: views.gridsize,
    neighborCount: views["neighbor-count"],
    nGroups: views["n-groups"],
    seed: grouping,
  });
  return {
    metrics_version: METRICS_VERSION,
    gridsize: views.gridsize,
    s_img: part,
    n_groups: views["n-groups"] ?? indices.length,
    neighbor_count: views.neighbours,
    probe_diameter_px: diameterPx,
    rng_seed_subsample: subsampling,
    ...(measured.withinGroups === undefined ? {} : { metric_1_group_based_avg: measured.withinGroups }),
    metric_2_image_based_avg: measured.positions,
    metric_3_group_to_group_avg: measured.groups,
    n_images_total: scan.n,
    n_images_subsampled: indices.length,
    n_unique_images: measured.places,
    n_groups_actual: measured.groupCount,
    geometry_acceptance_bound: measured.acceptanceBound,
    effective_min_acceptance: measured.effectiveAcceptance,
    overlap_view: view,
    overlap_wanted: overlap,
    spacing_threshold: spacingPx ?? null,
    source_file: fileName(scan.source),
    n_accepted: indices.length,
    n_rejected: scan.n - indices.length,
    acceptance_rate: indices.length / scan.n,
    direct_acceptance_rate: directPart ?? null,
    selection_strategy: strategy,
    overlap_histogram: measured.histogram,
  };
}

/** Writes a measured scan, or its halves by y, as `scan.npz` or `scan_train.npz` and `scan_test.npz`. */
export async function importScan(
  file: string,
  { split, out }: { readonly split: "y" | "none"; readonly out: string },
): Promise<void> {
  await using scan = await openScan(file);
  const parts = split === "y"
    ? splitHalves(scan.positionsPx.y)
    : { all: Int32Array.from({ length: scan.n }, (_, i) => i) };
  for (const [name, indices] of Object.entries(parts)) {
    const target = name === "all" ? `${out}/scan.npz` : `${out}/scan_${name}.npz`;
    await writeNpz(target, await subsetArrays(scan, { file, indices }));
  }
}

const percent = (part: number) => `${Number((100 * part).toPrecision(3))} %`;
