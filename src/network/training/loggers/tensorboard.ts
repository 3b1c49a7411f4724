/**
 * Event files for TensorBoard: `tensorboard --logdir FOLDER` shows the curves while the run goes on.
 *
 * @module
 */
import { type EventFile, openEventFile, type SummaryValue } from "../../../formats/mod.ts";
import type {
  ArtifactReport,
  ImageReport,
  RunLogger,
  RunStart,
  RunStatus,
  ScalarReport,
} from "../run/run_logger.ts";

/**
 * Writes into `folder`: scalars as `epoch/NAME` and `step/NAME`, pictures under their names, the settings as a table of
 * the text tab. Every event is whole in the file before the next one, so that the file of a run that was killed is
 * readable; a resumed run begins a further file and takes back what was reported after the step that it resumes from.
 */
export class TensorboardLogger implements RunLogger {
  #file: EventFile | undefined;

  constructor(private readonly folder: string, private readonly now: () => number = Date.now) {}

  async start({ parameters, resumedFrom }: RunStart): Promise<void> {
    const file = this.#file = await openEventFile(this.folder, { now: this.now });
    const wallTime = this.now() / 1000;
    // TensorBoard drops the events of this step and later ones; those of the step itself were done
    if (resumedFrom) await file.append({ wallTime, step: resumedFrom.step + 1, sessionStart: true });
    const markdown = tableOf(parameters);
    await this.#append(resumedFrom?.step ?? 0, [{ tag: "settings/text_summary", markdown }]);
    await file.sync();
  }

  async scalars({ of, step, values }: ScalarReport): Promise<void> {
    const known = Object.entries(values).flatMap(([name, scalar]) =>
      scalar === undefined ? [] : [{ tag: `${of}/${name}`, scalar }]
    );
    await this.#append(step, known);
    if (of === "epoch") await this.#file?.sync();
  }

  async image({ name, png, step }: ImageReport): Promise<void> {
    await this.#append(step, [{ tag: name, png }]);
  }

  /** TensorBoard knows no files. */
  artifact(_: ArtifactReport): Promise<void> {
    return Promise.resolve();
  }

  async finish(_: RunStatus): Promise<void> {
    try {
      await this.#file?.sync();
    } finally {
      await this.#file?.close();
    }
  }

  async #append(step: number, summary: readonly SummaryValue[]): Promise<void> {
    if (summary.length > 0) await this.#file?.append({ wallTime: this.now() / 1000, step, summary });
  }
}

function tableOf(parameters: RunStart["parameters"]): string {
  const cell = (value: unknown) => String(value).replaceAll("|", "\\|").replaceAll("\n", " ");
  const rows = Object.entries(parameters).map(([name, value]) => `| ${cell(name)} | ${cell(value)} |`);
  return ["| setting | value |", "| --- | --- |", ...rows].join("\n");
}
