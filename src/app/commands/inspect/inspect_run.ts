/**
 * The report of `plica inspect` on the folder of a training run: loss curve, best epoch, settings.
 *
 * @module
 */
import { exists, files, isFile, isMissing } from "../../../host/mod.ts";
import { configFields, formatValue, isDefault } from "../../../config/mod.ts";

import { BUNDLE_NAME, readBundle } from "../../../formats/mod.ts";
import { DataError, isRecord, messageOf } from "../../../common/mod.ts";
import type { CommandResult, Workspace } from "../../shell/command.ts";
import { formatNumber, formatTable } from "../../shell/table.ts";
import { terminalPlot } from "../../shell/terminal_plot.ts";

/** A row of `metrics.csv` by column; empty cells are absent. */
type Row = Readonly<Record<string, number>>;

/** True for the folder of a run: it holds its settings. */
export function isRunFolder(path: string): Promise<boolean> {
  return isFile(`${path}/config.json`);
}

/** Returns the report on a run, finished or not. */
export async function inspectRun(folder: string, { session }: Workspace): Promise<CommandResult> {
  const values = await settingsOf(`${folder}/config.json`);
  const changed = changedSettings(values);
  const rows = await readMetrics(`${folder}/metrics.csv`);
  const best = bestOf(rows);
  const last = rows?.at(-1);
  const bundle = await exists(`${folder}/${BUNDLE_NAME}`);
  const interrupted = bundle && await wasInterrupted(`${folder}/${BUNDLE_NAME}`);
  const state = interrupted ? "interrupted; --resume goes on" : bundle ? "finished" : "not finished";
  return {
    summary: {
      file: folder,
      kind: "run",
      finished: bundle && !interrupted,
      interrupted,
      epochs: last?.epoch ?? null,
      steps: last?.steps ?? null,
      best_epoch: best?.epoch ?? null,
      best_loss: best?.loss ?? null,
      judged_by: best?.column ?? null,
      metrics: rows ?? null,
      changedSettings: Object.fromEntries(changed),
    },
    lines: [
      `${folder}: training run, ${state}` + (last ? `, ${last.epoch} epochs, ${last.steps} steps` : ""),
      "",
      ...curveOf(rows, { columns: session.columns }),
      "",
      ...(best ? bestLines(best) : []),
      ...formatTable(["setting", "value"], changed.length > 0 ? changed : [["all defaults", ""]]),
      ...(bundle ? ["", `model: ${folder}/${BUNDLE_NAME}`] : []),
    ],
  };
}

/** True for the model of a run that a signal ended. */
async function wasInterrupted(bundle: string): Promise<boolean> {
  const { manifest: { metrics } } = await readBundle(bundle);
  return isRecord(metrics) && metrics.interrupted === 1;
}

/** Returns the settings that differ from the defaults, by path. `values`: sections of settings. */
export function changedSettings(values: unknown): [string, string][] {
  if (!isRecord(values)) return [];
  return configFields.flatMap((info): [string, string][] => {
    const section = values[info.section];
    const value = isRecord(section) ? section[info.key] : undefined;
    return value === undefined || isDefault(info, value) ? [] : [[info.path, formatValue(info, value)]];
  });
}

interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly column: "val_loss" | "train_loss";
  readonly row: Row;
}

/** By the held-out loss, or by the training loss where nothing is held out. */
function bestOf(rows: readonly Row[] | undefined): Best | undefined {
  if (!rows) return undefined;
  const column = rows.some((row) => row.val_loss !== undefined) ? "val_loss" : "train_loss";
  const judged = rows.filter((row) => Number.isFinite(row[column]));
  const [first, ...others] = judged;
  if (!first) return undefined;
  const row = others.reduce((least, one) => one[column] < least[column] ? one : least, first);
  return { epoch: row.epoch, loss: row[column], column, row };
}

function bestLines({ epoch, loss, column, row }: Best): string[] {
  const name = column === "val_loss" ? "held-out loss" : "training loss";
  const other = column === "val_loss" && row.train_loss !== undefined
    ? `, training loss ${formatNumber(row.train_loss)}`
    : "";
  return [`best epoch ${epoch}: ${name} ${formatNumber(loss)}${other}`, ""];
}

function curveOf(rows: readonly Row[] | undefined, { columns }: { columns: number }): string[] {
  if (!rows) return ["no metrics.csv: the run was trained with --logger without csv"];
  if (rows.length === 0) return ["no epoch is finished yet"];
  const x = rows.map(({ epoch }) => epoch);
  const curve = (column: string) => rows.map((row) => row[column] ?? NaN);
  return terminalPlot([
    { name: "training loss", mark: "*", x, y: curve("train_loss") },
    { name: "held-out loss", mark: "o", x, y: curve("val_loss") },
  ], { width: Math.min(columns - 1, 100), xLabel: "epoch" });
}

/** Nothing where there is no such file. A last line that was cut off is passed over. */
async function readMetrics(path: string): Promise<Row[] | undefined> {
  const text = await files.readText(path).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [header = "", ...lines] = text.split("\n").slice(0, -1);
  const columns = header.split(",");
  if (!columns.includes("epoch")) {
    throw new DataError({
      file: path,
      found: "no column epoch",
      expected: "the metrics of a run",
      remedy: "look into the folder that train wrote",
    });
  }
  return lines.map((line) => line.split(",")).filter((cells) => cells.length === columns.length).map((
    cells,
  ) =>
    Object.fromEntries(
      columns.flatMap((name, i): [string, number][] => cells[i] === "" ? [] : [[name, Number(cells[i])]]),
    )
  );
}

async function settingsOf(path: string): Promise<unknown> {
  try {
    const config: unknown = JSON.parse(await files.readText(path));
    return isRecord(config) ? config.values : undefined;
  } catch (error) {
    throw new DataError({
      file: path,
      found: messageOf(error),
      expected: "the settings of a run as JSON",
      remedy: "look into the folder that train wrote",
      cause: error,
    });
  }
}
