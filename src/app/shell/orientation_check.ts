/**
 * The check before the work: patterns and positions that are turned against each other are not worked on unasked.
 *
 * @module
 */
import { DataError } from "../../common/mod.ts";
import type { ResolvedConfig } from "../../config/mod.ts";
import type { AnyDevice } from "../../engine/mod.ts";
import type { Scan } from "../../scan/mod.ts";
import { findTurn, flagsOf } from "../../solver/mod.ts";

/**
 * Throws `DataError`, which names the flags, where a scan that is turned fits clearly better. Does nothing where
 * `--no-orientation-check` says so.
 */
export async function refuseTurned(
  scan: Scan,
  { config, device, signal }: {
    readonly config: ResolvedConfig;
    readonly device: AnyDevice;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  if (!config.values.data.orientationCheck) return;
  const report = await findTurn(scan, { device, signal });
  if (!report) return;
  const [best, ...others] = report.better.map(flagsOf);
  const mirrored = others.length > 0 ? ` (or ${others.join(", or ")}, which gives a mirror image)` : "";
  throw new DataError({
    file: scan.source,
    key: "patterns and positions",
    found: `a misfit of ${report.asIs.toPrecision(3)} as they are, of ${
      report.tried[0].error.toPrecision(3)
    } with ${best}`,
    expected: "the best fit as they are",
    remedy: `add ${best}${mirrored}, or go on as they are with --no-orientation-check`,
  });
}
