/**
 * The design of a study under the names that established readers know, read from its jobs.
 *
 * @module
 */
import type { Job, Plan } from "../plan/job.ts";
import type { ViewSettings } from "../views/make_view.ts";

/** Side of a simulated pattern where the study does not say. */
const DEFAULT_SIDE = 64;

/** Doses, grids, views and seeds. */
export function designOf({ jobs }: Plan) {
  const views = viewsOf(jobs);
  const [first] = views.values();
  const side = flagOf(jobs.find(({ kind }) => kind === "simulate"), "size") ?? DEFAULT_SIDE;
  const overlaps = [...views].flatMap(([view, { overlap }]) =>
    overlap === null ? [] : [[view, overlap] as const]
  );
  return {
    dose_list: distinct(jobs.flatMap(({ axes }) => axes.dose ?? [])),
    gridsizes: distinct(
      jobs.filter(({ kind }) => kind === "train").map((job) => flagOf(job, "gridsize") ?? 2),
    ),
    neighbor_count: first?.views["neighbor-count"] ?? null,
    patch_size_pixels: side,
    overlap_views: Object.fromEntries(overlaps),
    spacing_thresholds: Object.fromEntries(overlaps.map(([view, overlap]) => [view, (1 - overlap) * side])),
    train_test_split_axis: jobs.some(({ axes }) => axes.split === "test") ? "y" : null,
    rng_seeds: {
      simulation: flagOf(jobs.find(({ kind }) => kind === "simulate"), "seed") ?? null,
      grouping: first?.grouping ?? null,
      subsampling: first?.subsampling ?? null,
    },
    metrics_config: {
      ms_ssim_sigma: flagOf(jobs.find(({ kind }) => kind === "compare"), "ms-ssim-sigma") ?? 0,
      emphasize_phase: true,
      report_amplitude: true,
    },
  };
}

/** Settings of each view, of the first repeat. */
function viewsOf(jobs: readonly Job[]): Map<string, ViewSettings> {
  const views = new Map<string, ViewSettings>();
  for (const { kind, axes: { view }, settings } of jobs) {
    // the settings come from the checked study by way of job.json
    if (kind === "view" && view !== undefined && !views.has(view)) {
      views.set(view, settings as unknown as ViewSettings);
    }
  }
  return views;
}

function flagOf(job: Job | undefined, flag: string): number | undefined {
  const word = job?.args.find((one) => one.startsWith(`--${flag}=`));
  return word === undefined ? undefined : Number(word.slice(flag.length + 3));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
