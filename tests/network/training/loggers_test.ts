import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { mlflowAuthorization } from "../../../src/app/shell/mlflow.ts";
import type { Logger } from "../../../src/common/logger.ts";
import { resolveConfig } from "../../../src/config/resolve.ts";
import { encodePng } from "../../../src/pictures/mod.ts";
import { openRunLogger } from "../../../src/network/training/loggers/open.ts";
import { together } from "../../../src/network/training/loggers/together.ts";
import { TensorboardLogger } from "../../../src/network/training/loggers/tensorboard.ts";
import { noRunLogger, type RunLogger } from "../../../src/network/training/run/run_logger.ts";
import { namesIn, withFolder } from "../../formats/support.ts";
import { python, withPython } from "../../formats/python.ts";
import { freePort, startMlflow } from "./mlflow_server.ts";

const png = await encodePng({
  width: 3,
  height: 2,
  channels: 1,
  data: Uint8Array.of(0, 50, 100, 150, 200, 250),
});
const QUICK = { call: 5000, retryFirst: 50, retryLast: 200, end: 30_000, endAway: 300 };

/** Keeps the lines of the log. */
function keepLines(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return { lines, debug() {}, info: keep, warn: keep, error: keep };
}

function executionOf(values: Readonly<Record<string, unknown>>) {
  return resolveConfig([{ layer: "flag", values: { execution: values } }]).values.execution;
}

/** The reports of epochs `from` to `to`, of four steps each. */
async function epochs(to: RunLogger, { from, until }: { from: number; until: number }): Promise<void> {
  for (let epoch = from; epoch <= until; epoch++) {
    for (let k = 1; k <= 4; k++) {
      const step = 4 * (epoch - 1) + k;
      await to.scalars({ of: "step", step, epoch, values: { loss: 100 / step } });
    }
    const values = { train_loss: 100 / epoch, val_loss: epoch === 2 ? undefined : 50 / epoch, seconds: 1 };
    await to.scalars({ of: "epoch", step: 4 * epoch, epoch, values });
  }
}

Deno.test("metrics.csv has a row for each epoch, and goes on where a run is resumed", () =>
  withFolder(async (folder) => {
    const open = () => openRunLogger(executionOf({}), { folder });
    const first = open();
    await first.start({ parameters: {} });
    await epochs(first, { from: 1, until: 3 });
    await first.finish("interrupted");
    await Deno.writeTextFile(`${folder}/metrics.csv`, "4,16,2", { append: true }); // killed within a row
    const second = open();
    await second.start({ parameters: {}, resumedFrom: { step: 8, epoch: 2 } });
    await epochs(second, { from: 3, until: 4 });
    await second.finish("finished");
    const lines = (await Deno.readTextFile(`${folder}/metrics.csv`)).split("\n");
    equal(
      lines[0],
      "epoch,steps,train_loss,val_loss,learning_rate,gradient_norm,patterns_per_second,seconds",
    );
    deepEqual(lines.slice(1), [
      "1,4,100,50,,,,1",
      "2,8,50,,,,,1",
      `3,12,${100 / 3},${50 / 3},,,,1`,
      "4,16,25,12.5,,,,1",
      "",
    ]);
  }));

Deno.test("none writes nothing; each logger writes what is its own", () =>
  withFolder(async (folder) => {
    for (
      const [logger, files] of [["none", []], ["tensorboard", ["tensorboard"]], ["csv", [
        "metrics.csv",
      ]]] as const
    ) {
      await Deno.mkdir(`${folder}/${logger}`);
      const to = openRunLogger(executionOf({ logger }), { folder: `${folder}/${logger}` });
      await to.start({ parameters: {} });
      await epochs(to, { from: 1, until: 1 });
      await to.finish("finished");
      deepEqual(await namesIn(`${folder}/${logger}`), files);
    }
  }));

Deno.test("a logger that fails is told once, and the others go on", async () => {
  const log = keepLines();
  const seen: number[] = [];
  const good = {
    ...noRunLogger,
    scalars: ({ step }: { step: number }) => Promise.resolve(void seen.push(step)),
  };
  const bad = { ...noRunLogger, scalars: () => Promise.reject(new Error("disk full")) };
  const both = together([{ name: "bad", to: bad }, { name: "good", to: good }], log);
  await both.scalars({ of: "step", step: 1, epoch: 1, values: {} });
  await both.scalars({ of: "step", step: 2, epoch: 1, values: {} });
  deepEqual(seen, [1, 2]);
  deepEqual(log.lines, ["the logger bad failed (disk full); the run goes on without it"]);
});

const READ_EVENTS = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "tensors": 0})
a.Reload()
t = a.Tags()
print(json.dumps({
  "scalars": {k: [[e.step, e.value] for e in a.Scalars(k)] for k in t["scalars"]},
  "images": {k: [[e.step, e.width, e.height, e.encoded_image_string.hex()] for e in a.Images(k)] for k in t["images"]},
  "texts": {k: [e.tensor_proto.string_val[0].decode() for e in a.Tensors(k)] for k in t["tensors"]},
}))`;

Deno.test({
  ...await withPython(
    "TensorBoard reads scalars, pictures and settings, of killed and of resumed runs",
    ["tensorboard"],
  ),
  fn: () =>
    withFolder(async (folder) => {
      const killed = new TensorboardLogger(folder, () => 1.7e12);
      await killed.start({ parameters: { "model.gridsize": 2 } });
      await epochs(killed, { from: 1, until: 2 });
      await killed.image({ name: "loss", png, step: 8 });
      await killed.scalars({ of: "step", step: 9, epoch: 3, values: { loss: -1 } });
      const [name] = await namesIn(folder);
      const whole = await Deno.readFile(`${folder}/${name}`);
      await Deno.writeFile(`${folder}/${name}`, whole.subarray(0, whole.length - 5)); // a kill in the last event
      const first = await python(READ_EVENTS, folder) as { scalars: Record<string, number[][]> };
      deepEqual(first.scalars["step/loss"].map(([step]) => step), [1, 2, 3, 4, 5, 6, 7, 8]);
      await Deno.writeFile(`${folder}/${name}`, whole);
      await killed.finish("failed");
      const resumed = new TensorboardLogger(folder, () => 1.7e12); // within the same second
      await resumed.start({ parameters: { "model.gridsize": 2 }, resumedFrom: { step: 4, epoch: 1 } });
      await epochs(resumed, { from: 2, until: 3 });
      await resumed.finish("finished");
      const all = await python(READ_EVENTS, folder);
      const steps = Array.from({ length: 12 }, (_, i) => [i + 1, Math.fround(100 / (i + 1))]);
      deepEqual(all, {
        scalars: {
          "step/loss": steps,
          "epoch/train_loss": [[4, 100], [8, 50], [12, Math.fround(100 / 3)]],
          "epoch/val_loss": [[4, 50], [12, Math.fround(50 / 3)]],
          "epoch/seconds": [[4, 1], [8, 1], [12, 1]],
        },
        images: { loss: [] }, // taken back: it was of step 8
        texts: {
          "settings/text_summary": Array(2).fill(
            "| setting | value |\n| --- | --- |\n| model.gridsize | 2 |",
          ),
        },
      });
      const again = new TensorboardLogger(`${folder}/pictures`, () => 1.7e12);
      await again.start({ parameters: {} });
      await again.image({ name: "amplitude", png, step: 3 });
      await again.finish("finished");
      const { images } = await python(READ_EVENTS, `${folder}/pictures`) as { images: unknown };
      deepEqual(images, { amplitude: [[3, 3, 2, png.toHex()]] });
    }),
});

Deno.test("an address that is none of an MLflow server is refused before the run", () =>
  withFolder((folder) => {
    for (
      const mlflowTrackingUri of ["file:///srv/mlruns", "sqlite:///mlflow.db", "./mlruns", "ftp://host/"]
    ) {
      const execution = executionOf({ logger: "mlflow", mlflowTrackingUri });
      throws(() => openRunLogger(execution, { folder }), /mlflowTrackingUri: found .+mlflow server/);
    }
    const execution = executionOf({ logger: "mlflow", mlflowTrackingUri: "http://me:secret@127.0.0.1:1" });
    throws(() => openRunLogger(execution, { folder }), (error: Error) => !error.message.includes("secret"));
    return Promise.resolve();
  }));

Deno.test("a run without its MLflow server is not held up, and keeps what it could not send", () =>
  withFolder(async (folder) => {
    const log = keepLines();
    const mlflowTrackingUri = `http://127.0.0.1:${freePort()}`;
    const execution = executionOf({ logger: "mlflow", mlflowTrackingUri });
    const to = openRunLogger(execution, { folder, logger: log, mlflowTimes: QUICK });
    await to.start({ parameters: { a: 1 } });
    await epochs(to, { from: 1, until: 100 });
    await to.image({ name: "loss", png, step: 400 });
    await to.finish("finished");
    equal(log.lines.length, 2, log.lines.join("\n"));
    match(log.lines[0], /does not answer \(.+\); the run goes on, its numbers wait/);
    match(
      log.lines[1],
      /did not take the settings, 699 numbers, 1 files in time; they stay in .*mlflow\.json/,
    );
    const { runId, unsent } = JSON.parse(await Deno.readTextFile(`${folder}/mlflow.json`));
    equal(runId, undefined);
    deepEqual(unsent.map(({ kind }: { kind: string }) => kind), ["parameters", "metrics", "artifact", "end"]);
  }));

Deno.test("what answers but is no MLflow server is told once and left alone", () =>
  withFolder(async (folder) => {
    const log = keepLines();
    let calls = 0;
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      calls++;
      return new Response("<html>", { status: 200 });
    });
    const execution = executionOf({
      logger: "mlflow",
      mlflowTrackingUri: `http://127.0.0.1:${server.addr.port}`,
    });
    const to = openRunLogger(execution, { folder, logger: log, mlflowTimes: QUICK });
    await to.start({ parameters: {} });
    await epochs(to, { from: 1, until: 2 });
    await to.finish("finished");
    equal(calls, 1);
    deepEqual(log.lines.length, 1);
    match(log.lines[0], /names no experiment.*nothing is sent to it/);
  }));

interface MlflowRunAnswer {
  readonly run: {
    readonly info: { readonly run_id: string; readonly status: string; readonly artifact_uri: string };
    readonly data: {
      readonly params: { key: string; value: string }[];
      readonly metrics: { key: string; value: number }[];
    };
  };
}

Deno.test({
  ...await withPython(
    "an MLflow server that comes late gets settings, numbers, pictures and files of a run, and of its continuation",
    ["mlflow", "sqlalchemy", "flask"],
  ),
  fn: () =>
    withFolder(async (folder) => {
      const log = keepLines();
      const port = freePort();
      const execution = executionOf({
        logger: "csv,mlflow",
        mlflowTrackingUri: `http://127.0.0.1:${port}/`,
        experimentName: "two stars",
      });
      const mlflowTimes = { ...QUICK, endAway: 30_000 };
      const open = () => openRunLogger(execution, { folder, logger: log, mlflowTimes });
      const first = open();
      await first.start({
        parameters: { "model.gridsize": 2, "data.nGroups": null, "execution.logger": "" },
      });
      await epochs(first, { from: 1, until: 300 }); // more numbers than fit in one call
      await first.scalars({ of: "epoch", step: 1200, epoch: 300, values: { gradient_norm: NaN } });
      await Deno.writeFile(`${folder}/wts.h5.zip`, new Uint8Array(100_000).fill(7));
      await first.image({ name: "loss", png, step: 1200 });
      await first.artifact({ path: `${folder}/wts.h5.zip` });
      await using server = await startMlflow(port);
      await first.finish("interrupted");
      const second = open();
      await second.start({ parameters: { "model.gridsize": 2 }, resumedFrom: { step: 1200, epoch: 300 } });
      await epochs(second, { from: 301, until: 301 });
      await second.artifact({ path: `${folder}/metrics.csv`, name: "tables/metrics.csv" });
      await second.finish("finished");
      deepEqual(log.lines.map((line) => line.replace(/^MLflow at \S+ | \(.*/g, "")), [
        "does not answer",
        "answers again",
      ]);
      const { runId, unsent } = JSON.parse(await Deno.readTextFile(`${folder}/mlflow.json`));
      deepEqual(unsent, []);
      const experiment = await server.get("experiments/get-by-name", { experiment_name: "two stars" });
      ok(experiment.experiment);
      const { run } = await server.get("runs/get", { run_id: runId }) as unknown as MlflowRunAnswer;
      equal(run.info.status, "FINISHED");
      deepEqual(
        run.data.params.filter(({ key }) => key !== "execution.logger").sort((a, b) =>
          a.key < b.key ? -1 : 1
        ),
        [{ key: "data.nGroups", value: "null" }, { key: "model.gridsize", value: "2" }],
      );
      const last = Object.fromEntries(run.data.metrics.map(({ key, value }) => [key, value]));
      equal(last.train_loss, 100 / 301);
      equal(last["step/loss"], 100 / 1204);
      const history = await server.get("metrics/get-history", {
        run_id: runId,
        metric_key: "step/loss",
        max_results: "5000",
      });
      ok(Array.isArray(history.metrics));
      equal(new Set(history.metrics.map(({ step }) => Number(step))).size, 1204);
      deepEqual(await server.artifact(run.info, "pictures/loss/00001200.png"), png);
      equal((await server.artifact(run.info, "wts.h5.zip")).length, 100_000);
      match(new TextDecoder().decode(await server.artifact(run.info, "tables/metrics.csv")), /^epoch,steps/);
    }),
});

Deno.test("who the user is to MLflow comes from the environment, and goes to its server alone", () =>
  withFolder(async (folder) => {
    const env = (values: Readonly<Record<string, string>>) => mlflowAuthorization((name) => values[name]);
    equal(env({}), undefined);
    equal(env({ MLFLOW_TRACKING_TOKEN: "abc", MLFLOW_TRACKING_USERNAME: "me" }), "Bearer abc");
    const basic = env({ MLFLOW_TRACKING_USERNAME: "me", MLFLOW_TRACKING_PASSWORD: "ä" });
    equal(basic, "Basic bWU6w6Q=");
    const seen: (string | null)[] = [];
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      seen.push(request.headers.get("authorization"));
      return Response.json({ error_code: "PERMISSION_DENIED", message: "who is that?" }, { status: 403 });
    });
    const log = keepLines();
    const to = openRunLogger(
      executionOf({ logger: "mlflow", mlflowTrackingUri: `http://127.0.0.1:${server.addr.port}` }),
      { folder, logger: log, mlflowTimes: QUICK, mlflowAuthorization: basic },
    );
    await to.start({ parameters: {} });
    await to.finish("finished");
    deepEqual(seen, [basic]);
    match(log.lines[0], /403 PERMISSION_DENIED: who is that\?; nothing is sent to it/);
  }));

Deno.test("where MLflow keeps its files out of reach, that is told once and the numbers are sent", () =>
  withFolder(async (folder) => {
    const posted: string[] = [];
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
      const path = new URL(url).pathname.replace("/api/2.0/mlflow/", "");
      posted.push(path);
      const run = { info: { run_id: "r1", artifact_uri: "file:///srv/mlruns/1/r1/artifacts" } };
      return Response.json(
        path === "experiments/get-by-name" ? { experiment: { experiment_id: "1" } } : { run },
      );
    });
    const log = keepLines();
    const mlflowTrackingUri = `http://127.0.0.1:${server.addr.port}`;
    const to = openRunLogger(executionOf({ logger: "mlflow", mlflowTrackingUri }), {
      ...{ folder, logger: log, mlflowTimes: QUICK },
    });
    await to.start({ parameters: { a: 1 } });
    await to.image({ name: "loss", png, step: 1 });
    await to.image({ name: "loss", png, step: 2 });
    await epochs(to, { from: 1, until: 1 });
    await to.finish("failed");
    deepEqual(posted, [
      ...["experiments/get-by-name", "runs/create"],
      ...["runs/log-batch", "runs/log-batch", "runs/update"],
    ]);
    equal(log.lines.length, 1);
    match(
      log.lines[0],
      /artifacts are kept in file:\/\/\/srv\/.+--serve-artifacts.+the run goes on without that/,
    );
  }));
