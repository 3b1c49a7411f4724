/**
 * Checkpoints: runs that are interrupted and gone on with, what is kept, what is refused.
 */
import assert from "node:assert/strict";
import { resolveConfig } from "../../../src/config/resolve.ts";
import type { PartialConfig } from "../../../src/config/schema.ts";
import type { AnyDevice } from "../../../src/engine/devices/any.ts";
import { DeviceLostError } from "../../../src/engine/devices/device.ts";
import { openDevice } from "../../../src/engine/devices/open.ts";
import { readBundle } from "../../../src/formats/bundle.ts";
import { DataError } from "../../../src/common/errors.ts";
import { writeNpz } from "../../../src/formats/npy/npz_write.ts";
import { scanArrays } from "../../../src/simulation/scan_file.ts";
import type { Scan } from "../../../src/scan/types.ts";
import { readCheckpoint } from "../../../src/network/training/run/checkpoint_file.ts";
import { trainToFolder, type TrainToFolderOptions } from "../../../src/network/training/run/folder.ts";
import { findCheckpoint } from "../../../src/network/training/run/resume.ts";
import { DivergedError } from "../../../src/network/training/run/run.ts";
import { killAndResume } from "../../support/killed_runs.ts";
import { openSmallScan, smallScan } from "../../support/small_scan.ts";

/** The narrow historical network, one pattern at a time: 7 groups, 4 steps in an epoch. */
const SMALL: PartialConfig = {
  model: { profile: "amplitude", gridsize: 1, nFiltersScale: 1, cbamEncoder: false },
  data: { valFraction: 0.2 },
  training: { nepochs: 3, batchSize: 2 },
};

const configOf = (values: PartialConfig) =>
  resolveConfig([{
    layer: "program",
    values: {
      ...SMALL,
      ...values,
      data: { ...SMALL.data, ...values.data },
      training: { ...SMALL.training, ...values.training },
    },
  }]);

interface Bench {
  readonly folder: string;
  readonly scan: Scan;
  readonly device: AnyDevice;
  run(
    name: string,
    values: PartialConfig,
    more?: Partial<TrainToFolderOptions>,
  ): ReturnType<typeof trainToFolder>;
  /** Goes on from the last checkpoint of a folder. */
  resume(name: string, values: PartialConfig): ReturnType<typeof trainToFolder>;
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const device = await openDevice({ accelerator: "wasm", threads: 2 });
  await using scan = await openSmallScan(3);
  const run: Bench["run"] = (name, values, more) =>
    trainToFolder(scan, { config: configOf(values), device, outputDir: `${folder}/${name}`, ...more });
  const resume: Bench["resume"] = async (name, values) =>
    await run(name, values, {
      resume: await findCheckpoint("last", { outputDir: `${folder}/${name}` }) ?? "beginning",
    });
  try {
    await work({ folder, scan, device, run, resume });
    assert.equal(device.liveBytes, 0);
  } finally {
    await device.dispose();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A signal that is aborted when so many steps were reported. */
function stopAfter(steps: number): Pick<TrainToFolderOptions, "signal" | "onProgress"> {
  const controller = new AbortController();
  let seen = 0;
  const onProgress = ({ phase }: { phase: string }) => {
    if (phase.startsWith("epoch") && ++seen === steps) controller.abort();
  };
  return { signal: controller.signal, onProgress };
}

const namesIn = async (path: string) =>
  (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
const rows = async (path: string) =>
  (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => line.split(",").slice(0, 6).join());

const KINDS: Readonly<Record<string, PartialConfig>> = {
  "Adam and one cycle": {},
  "SGD, gradients of two batches, a rate that falls on plateaus, the probe trained": {
    model: { ...SMALL.model, probeTrainable: true },
    training: {
      optimizer: "sgd",
      gradientClipVal: 1,
      accumulateGradBatches: 2,
      scheduler: "ReduceLROnPlateau",
      plateauPatience: 0,
      nepochs: 3,
    },
  },
};

for (const [kind, values] of Object.entries(KINDS)) {
  Deno.test(`a run stopped inside an epoch ends as one that was not: ${kind} [wasm]`, async () => {
    await withBench(async ({ folder, run, resume }) => {
      const whole = await run("whole", values);
      const stopped = await run("stopped", values, stopAfter(3));
      assert(stopped.interrupted);
      const { snapshot: { state } } = await readCheckpoint(`${folder}/stopped/checkpoints/last.h5.zip`);
      assert.equal(state.step, stopped.steps);
      await Deno.writeTextFile(`${folder}/stopped/.metrics.csv.0123abcd.tmp`, "left by a kill");
      const resumed = await resume("stopped", values);
      assert.equal(resumed.weightsSha256, whole.weightsSha256);
      assert.equal(resumed.steps, whole.steps);
      assert.deepEqual(
        await rows(`${folder}/stopped/metrics.csv`),
        await rows(`${folder}/whole/metrics.csv`),
      );
      assert.deepEqual(await namesIn(`${folder}/stopped`), await namesIn(`${folder}/whole`));
      // gone on with once more, a finished run does no further step and ends the same
      const again = await resume("stopped", values);
      assert.deepEqual([again.weightsSha256, again.steps], [whole.weightsSha256, whole.steps]);
    });
  });
}

Deno.test("the last, the best and the few best checkpoints are kept, or none [wasm]", async () => {
  await withBench(async ({ folder, run }) => {
    const result = await run("two", { training: { nepochs: 3 }, execution: { checkpointSaveTopK: 2 } });
    const order = [...result.epochs].sort((a, b) => (a.valLoss ?? 0) - (b.valLoss ?? 0)).map(({ epoch }) =>
      epoch
    );
    const named = order.slice(0, 2).sort().map((epoch) => `epoch_000${epoch}.h5.zip`);
    assert.deepEqual(await namesIn(`${folder}/two/checkpoints`), ["best.h5.zip", ...named, "last.h5.zip"]);
    const best = await readBundle(`${folder}/two/checkpoints/best.h5.zip`);
    assert.equal(best.manifest.metrics.epoch, order[0]);
    assert.equal(best.manifest.weightsSha256, result.weightsSha256);
    await run("worst", {
      training: { nepochs: 2, scheduler: "Default" },
      execution: { checkpointMonitor: "train_loss", checkpointMode: "max" },
    });
    const worst = await readCheckpoint(`${folder}/worst/checkpoints/best.h5.zip`);
    const [first, second] = worst.snapshot.state.epochs;
    assert.equal(worst.snapshot.state.bestEpoch, !second || first.trainLoss >= second.trainLoss ? 1 : 2);
    await run("zero", { training: { nepochs: 1 }, execution: { checkpointSaveTopK: 0 } });
    assert.deepEqual(await namesIn(`${folder}/zero/checkpoints`), ["last.h5.zip"]);
    await run("none", { training: { nepochs: 1 }, execution: { checkpointing: false } });
    assert(!(await namesIn(`${folder}/none`)).includes("checkpoints"));
  });
});

Deno.test("a checkpoint of other settings, other data or none of a run is refused in one line [wasm]", async () => {
  await withBench(async ({ folder, scan, device, run, resume }) => {
    await run("run", { training: { nepochs: 1, scheduler: "Default" } });
    const refused = (work: Promise<unknown>, pattern: RegExp) =>
      assert.rejects(work, (error: unknown) => {
        assert(error instanceof DataError && pattern.test(error.message), String(error));
        return !error.message.includes("\n");
      });
    const constant = { nepochs: 1, scheduler: "Default" } as const;
    await refused(
      resume("run", { training: { ...constant, batchSize: 3 } }),
      /training\.batchSize: found 2, expected 3/,
    );
    await refused(resume("run", { training: { nepochs: 1 } }), /training\.scheduler: found Default/);
    await using other = await openSmallScan(4);
    const checkpoint = await findCheckpoint("last", { outputDir: `${folder}/run` });
    assert(checkpoint);
    const options = { config: configOf({ training: constant }), device, outputDir: `${folder}/run` };
    await refused(
      trainToFolder(other, { ...options, resume: checkpoint }),
      /data: found small\.npz \(SHA-256/,
    );
    await refused(readCheckpoint(`${folder}/run/wts.h5.zip`), /found a model without the state of its run/);
    // without a schedule that is laid out over the run, it may be made longer
    const longer = await resume("run", { training: { ...constant, nepochs: 2 } });
    assert.equal(longer.epochs.length, 2);
    const whole = await run("whole", { training: { ...constant, nepochs: 2 } });
    assert.equal(longer.weightsSha256, whole.weightsSha256);
    await run("cycle", { training: { nepochs: 1 } });
    await refused(resume("cycle", { training: { nepochs: 2 } }), /nepochs: found 1, expected 2.*OneCycle/);
    void scan;
  });
});

Deno.test("steps, minutes or a loss that stays end a run; previews and state follow [wasm]", async () => {
  await withBench(async ({ folder, run }) => {
    const steps = await run("steps", {
      training: { ...SMALL.training, maxSteps: 6 },
      execution: { previewEvery: 2 },
    });
    assert.deepEqual([steps.steps, steps.epochs.length, steps.interrupted], [6, 2, false]);
    assert.deepEqual(await namesIn(`${folder}/steps/previews`), [
      "epoch_0002_amplitude.png",
      "epoch_0002_phase.png",
    ]);
    const timed = await run("timed", {
      training: { nepochs: 10_000, maxMinutes: 0.5 / 60, scheduler: "Default" },
    });
    assert(!timed.interrupted && timed.epochs.length >= 1 && timed.epochs.length < 10_000);
    const early = await run("early", {
      training: { nepochs: 50, scheduler: "Default", earlyStopPatience: 1, earlyStopMinDelta: 1e9 },
    });
    assert(early.stoppedEarly && early.epochs.length === 2, `${early.epochs.length} epochs`);
  });
});

Deno.test("a run that diverges or loses its device leaves whole files and says how to go on [wasm]", async () => {
  await withBench(async ({ folder, run }) => {
    const far = {
      training: { optimizer: "sgd", learningRate: 1, scheduler: "Default", nepochs: 5 },
    } as const;
    await assert.rejects(run("far", far), DivergedError);
    await rows(`${folder}/far/metrics.csv`);
    assert(!(await namesIn(`${folder}/far`)).some((name) => name.endsWith(".tmp") || name === "wts.h5.zip"));
    let epochs = 0;
    const lost = run("lost", {}, {
      onEpoch: () =>
        ++epochs === 2 ? Promise.reject(new DeviceLostError("the GPU was lost")) : Promise.resolve(),
    });
    await assert.rejects(lost, (error: unknown) => {
      assert(error instanceof DeviceLostError);
      assert.match(error.message, /the GPU was lost; --resume goes on from .*last\.h5\.zip$/);
      return true;
    });
    assert.equal((await rows(`${folder}/lost/metrics.csv`)).length, 3);
    const { snapshot } = await readCheckpoint(`${folder}/lost/checkpoints/last.h5.zip`);
    assert.equal(snapshot.state.epochs.length, 2);
    assert((await namesIn(`${folder}/lost`)).includes("loss.png"));
  });
});

Deno.test("a new run in an old folder leaves nothing of the old one to resume from [wasm]", async () => {
  await withBench(async ({ folder, run }) => {
    await run("old", { training: { nepochs: 2 } });
    const again = await run("old", { training: { nepochs: 1, seed: 5 } }, { overwrite: true });
    const { snapshot } = await readCheckpoint(`${folder}/old/checkpoints/last.h5.zip`);
    assert.equal(snapshot.state.epochs.length, 1);
    assert.equal((await rows(`${folder}/old/metrics.csv`)).length, 2);
    assert.equal(again.epochs.length, 1);
  });
});

/** A file system of 16 MB, or why there is none. */
async function smallDisk(path: string): Promise<boolean> {
  await Deno.mkdir(path);
  const { success } = await new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", "size=32m", "tmpfs", path],
    stdout: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false }));
  return success;
}

const probe = await Deno.makeTempDir();
const canMount = Deno.build.os === "linux" && await smallDisk(`${probe}/disk`);
if (canMount) await new Deno.Command("umount", { args: [`${probe}/disk`] }).output();
await Deno.remove(probe, { recursive: true });

Deno.test({
  name: `a full disk ends with a clear error and the last checkpoint as it was${
    canMount ? "" : " (skipped: file systems cannot be mounted here)"
  } [wasm]`,
  ignore: !canMount,
}, async () => {
  await withBench(async ({ folder, run }) => {
    const disk = `${folder}/disk`;
    assert(await smallDisk(disk));
    try {
      let before: string | undefined;
      const full = run("disk/run", { execution: { checkpointSaveTopK: 0 } }, {
        onEpoch: async () => {
          if (before !== undefined) return;
          before = (await readBundle(`${disk}/run/checkpoints/last.h5.zip`)).manifest.weightsSha256;
          await fill(`${disk}/filler`);
        },
      });
      await assert.rejects(full, (error: unknown) => {
        assert(error instanceof DataError, String(error));
        assert.match(error.message, /last\.h5\.zip: found No space left on device.*free space$/);
        return true;
      });
      const { manifest } = await readBundle(`${disk}/run/checkpoints/last.h5.zip`);
      assert.equal(manifest.weightsSha256, before);
      assert.deepEqual(await namesIn(`${disk}/run/checkpoints`), ["last.h5.zip"]);
      assert.equal((await rows(`${disk}/run/metrics.csv`)).length, 2);
    } finally {
      await new Deno.Command("umount", { args: [disk] }).output();
    }
  });
});

/** Writes until nothing fits. */
async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const block = new Uint8Array(1 << 16);
  try {
    for (;;) await file.write(block);
  } catch {
    // full
  }
}

Deno.test({
  name:
    "runs that are killed go on and end as one that nobody disturbed; no file is ever half written [wasm]",
  ignore: Deno.build.os === "windows",
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const scan = `${folder}/scan.npz`;
    await writeNpz(scan, scanArrays(smallScan(3)));
    const report = await killAndResume({ scan, folder, kills: 4, seed: 7, largestDelayMs: 40 });
    assert.equal(report.kills, 4);
    // checkpoints are two steps apart, and one that was being written may be lost
    assert(report.lostSteps <= 4, `${report.lostSteps} steps were lost`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
