/**
 * The report of `plica inspect` on a bundle.
 *
 * @module
 */
import { isRecord } from "../../../common/mod.ts";
import type { StoredArray } from "../../../formats/mod.ts";
import { readModelFile } from "../../../network/mod.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";
import { changedSettings } from "./inspect_run.ts";
import { formatNumber, formatTable } from "../../shell/table.ts";

/** Returns the report on a bundle. Reading it verifies every checksum. */
export async function inspectBundle(file: string, { signal }: Workspace): Promise<CommandResult> {
  const bundle = await readModelFile(file, { signal });
  const { manifest, weights, arrays } = bundle;
  const changed = changedSettings(isRecord(bundle.config) ? bundle.config.values : undefined);
  const parameters = countOf(weights);
  return {
    summary: { file, kind: "bundle", ...manifest, parameters, changedSettings: Object.fromEntries(changed) },
    lines: [
      `${file}: bundle of format ${manifest.formatVersion}, ${parameters} weights`,
      "",
      `written    ${manifest.created} by ${program(manifest.programVersion)} on ${manifest.device}`,
      ...manifest.trainingData.map((data) =>
        `trained on ${data.file}, SHA-256 ${data.sha256.slice(0, 16)}...`
      ),
      `weights    SHA-256 ${manifest.weightsSha256}`,
      ...Object.entries(manifest.models).map(([name, { inputs, outputs }]) =>
        `${name}: ${inputs.map(port).join(", ")} -> ${outputs.map(port).join(", ")}`
      ),
      "",
      ...formatTable(["metric", "value"], metricRows(manifest.metrics)),
      "",
      ...formatTable(["setting", "value"], changed.length > 0 ? changed : [["all defaults", ""]]),
      "",
      ...formatTable(["array", "shape", "minimum", "maximum", "mean"], [
        ...arrayRows(weights),
        ...arrayRows(arrays),
      ]),
    ],
  };
}

/** Ours is a bare number; that of another program begins with its name. */
function program(version: string): string {
  return /^\d/.test(version) ? `plica ${version}` : version;
}

function port(
  { name, shape, dtype }: { name: string; shape: readonly (string | number)[]; dtype: string },
): string {
  return `${name} ${shape.join(" x ")} ${dtype}`;
}

function metricRows(metrics: Readonly<Record<string, number>>): string[][] {
  return Object.entries(metrics).map(([name, value]) => [name, formatNumber(value)]);
}

function arrayRows(arrays: ReadonlyMap<string, StoredArray>): string[][] {
  return [...arrays].map(([name, { shape, data, complex }]) => {
    let [minimum, maximum, total] = [Infinity, -Infinity, 0];
    for (const value of data) {
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
      total += value;
    }
    const figures = [minimum, maximum, total / data.length].map(formatNumber);
    return [name, `${shape.join(" x ") || "one value"}${complex ? " complex" : ""}`, ...figures];
  });
}

function countOf(arrays: ReadonlyMap<string, StoredArray>): number {
  return [...arrays.values()].reduce((sum, { data }) => sum + data.length, 0);
}
