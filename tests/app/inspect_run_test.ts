import { deepEqual, equal, match, ok } from "node:assert/strict";
import { resolveConfig } from "../../src/config/resolve.ts";
import { terminalPlot } from "../../src/app/shell/terminal_plot.ts";
import { METRICS_COLUMNS } from "../../src/network/training/loggers/csv.ts";
import { withFolder } from "../formats/support.ts";
import { runPlica } from "./fake_session.ts";

/** The folder of a run as `train` leaves it, as far as `inspect` looks into it. */
async function writeRun(folder: string, rows: readonly string[] | undefined): Promise<void> {
  const { values, provenance } = resolveConfig([
    { layer: "flag", values: { training: { nepochs: 4 }, execution: { logger: ["csv", "tensorboard"] } } },
  ]);
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ values, provenance }));
  if (!rows) return;
  await Deno.writeTextFile(`${folder}/metrics.csv`, [METRICS_COLUMNS.join(","), ...rows, ""].join("\n"));
}

Deno.test("inspect shows the loss curve, the best epoch and the changed settings of a run", () =>
  withFolder(async (folder) => {
    await writeRun(folder, [
      "1,10,500,480,0.001,1,99,2",
      "2,20,300,310,0.001,1,99,2",
      "3,30,250,260,0.001,1,99,2",
      "4,40,200,270,0.001,1,99,2",
    ]);
    const { code, out, err } = await runPlica("inspect", folder);
    equal(code, 0, err);
    match(out, /^.*: training run, not finished, 4 epochs, 40 steps$/m);
    match(out, /\* training loss +o held-out loss/);
    match(out, /^best epoch 3: held-out loss 260, training loss 250$/m);
    match(out, /^training\.nepochs +4$/m);
    match(out, /^execution\.logger +csv,tensorboard$/m);
    ok(!out.includes("model.gridsize"));
    const summary = JSON.parse((await runPlica("inspect", folder, "--json")).out);
    deepEqual([summary.kind, summary.epochs, summary.best_epoch, summary.best_loss, summary.judged_by], [
      ...["run", 4, 3, 260, "val_loss"],
    ]);
    equal(summary.metrics[1].train_loss, 300);
    deepEqual(summary.changedSettings, { "training.nepochs": "4", "execution.logger": "csv,tensorboard" });
  }));

Deno.test("a run that holds nothing out is judged by its training loss", () =>
  withFolder(async (folder) => {
    await writeRun(folder, ["1,10,500,,0.001,1,99,2", "2,20,300,,0.001,1,99,2"]);
    const { out } = await runPlica("inspect", folder);
    match(out, /^best epoch 2: training loss 300$/m);
    ok(!out.includes("held-out"));
  }));

Deno.test("a run without metrics.csv, or without an epoch yet, says so", () =>
  withFolder(async (folder) => {
    await writeRun(folder, undefined);
    match((await runPlica("inspect", folder)).out, /^no metrics\.csv: /m);
    await writeRun(folder, []);
    match((await runPlica("inspect", folder)).out, /^no epoch is finished yet$/m);
  }));

Deno.test("settings or metrics of a run that cannot be read are named in one line", () =>
  withFolder(async (folder) => {
    await writeRun(folder, []);
    await Deno.writeTextFile(`${folder}/metrics.csv`, "a,b\n1,2\n");
    match(
      (await runPlica("inspect", folder)).err,
      /^plica inspect: \S+metrics\.csv: found no column epoch[^\n]+\n$/,
    );
    await Deno.writeTextFile(`${folder}/config.json`, "{");
    match((await runPlica("inspect", folder)).err, /^plica inspect: \S+config\.json: found [^\n]+\n$/);
  }));

Deno.test("a terminal plot puts values where the axes say, logarithmic where they span much", () => {
  const x = [0, 1, 2, 3, 4];
  const linear = terminalPlot([{ name: "a", mark: "*", x, y: [4, 3, NaN, 1, 0] }], { width: 17, height: 5 });
  deepEqual(linear, [
    "            * a",
    "         4 |*",
    "           | *",
    "           |",
    "           |   *",
    "         0 |    *",
    "           +-----",
    "            0   4",
  ]);
  const log = terminalPlot([{ name: "a", mark: "*", x, y: [10000, 1000, 100, 10, 1] }], {
    width: 17,
    height: 5,
  });
  match(log[0], /logarithmic/);
  deepEqual(log.slice(1, 6).map((line) => line.indexOf("*") - 12), [0, 1, 2, 3, 4]);
  deepEqual(terminalPlot([{ name: "a", mark: "*", x: [], y: [] }]), []);
});
