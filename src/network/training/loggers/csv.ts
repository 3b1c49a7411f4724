/**
 * `metrics.csv`: one row for each epoch.
 *
 * @module
 */
import { type CsvAppender, files, openCsv } from "../../../host/mod.ts";
import type { RunLogger, RunStart, ScalarReport } from "../run/run_logger.ts";

/** The columns of `metrics.csv`; a value that is not known is an empty cell. */
export const METRICS_COLUMNS = Object.freeze(
  [
    "epoch",
    "steps",
    "train_loss",
    "val_loss",
    "learning_rate",
    "gradient_norm",
    "patterns_per_second",
    "seconds",
  ] as const,
);

/** Writes a CSV of {@linkcode METRICS_COLUMNS}; each row is on disk before the next epoch. */
export class CsvLogger implements RunLogger {
  #csv: CsvAppender | undefined;

  constructor(private readonly path: string) {}

  /** Rows of epochs after the one that is resumed from are taken back. */
  async start({ resumedFrom }: RunStart): Promise<void> {
    const kept = resumedFrom ? await rowsUpTo(this.path, resumedFrom.epoch) : [];
    this.#csv = await openCsv(this.path, METRICS_COLUMNS, { kept });
  }

  async scalars({ of, epoch, step, values }: ScalarReport): Promise<void> {
    if (of !== "epoch") return;
    const row: Readonly<Record<string, number | undefined>> = { ...values, epoch, steps: step };
    await this.#csv?.append(METRICS_COLUMNS.map((name) => row[name]));
  }

  image(): Promise<void> {
    return Promise.resolve();
  }

  artifact(): Promise<void> {
    return Promise.resolve();
  }

  async finish(): Promise<void> {
    await this.#csv?.close();
  }
}

/** A last line that was cut off by a kill has another number of cells, and goes. */
async function rowsUpTo(path: string, epoch: number): Promise<string[][]> {
  const text = await files.readText(path).catch(() => "");
  const rows = text.split("\n").slice(1, -1).map((line) => line.split(","));
  return rows.filter((row) => row.length === METRICS_COLUMNS.length && Number(row[0]) <= epoch);
}
