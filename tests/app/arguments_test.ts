import { deepEqual, match, ok } from "node:assert/strict";
import { normalizeArguments } from "../../src/app/shell/arguments.ts";
import { ESTABLISHED } from "../../src/app/shell/established.ts";
import { configFields } from "../../src/config/schema.ts";

const train = (...args: string[]) => normalizeArguments(args, "train");

Deno.test("snake case is taken silently", () => {
  deepEqual(train("--train_data_file", "a_b.npz", "--batch_size=4"), {
    args: ["--train-data-file", "a_b.npz", "--batch-size=4"],
    notices: [],
  });
});

Deno.test("established names are taken with one line each", () => {
  const old = ["--n_images", "64", "--torch-accelerator=cpu", "--disable_mlflow", "--test_data", "D"];
  deepEqual(train(...old), {
    args: ["--n-groups", "64", "--accelerator=cpu", "--test-data-file", "D"],
    notices: [
      "--n_images is called --n-groups here",
      "--torch-accelerator is called --accelerator here",
      "--disable_mlflow has no effect here: MLflow gets nothing without --logger mlflow",
      "--test_data is called --test-data-file here",
    ],
  });
});

Deno.test("of two names of one setting the one that is ours counts", () => {
  deepEqual(train("--n_images", "100", "--n_groups", "50"), {
    args: ["--n-groups", "50"],
    notices: ["--n_images is left out: --n-groups is given as well"],
  });
});

Deno.test("switches are taken with True and False", () => {
  deepEqual(train("--object_big", "False", "--probe_mask", "True", "--enable-checkpointing=false").args, [
    "--no-merge-object",
    "--probe-mask",
    "--no-enable-checkpointing",
  ]);
});

Deno.test("weights of losses become the loss, or stop the call", () => {
  deepEqual(train("--mae_weight", "1.0", "--nll_weight", "0").args, ["--loss", "mae"]);
  deepEqual(train("--mae_weight", "0.0", "--nll_weight", "1").args, []);
  match(train("--mae_weight", "0.5").refused ?? "", /^--mae_weight: a sum of both losses/);
  match(train("--nll_weight", "0").refused ?? "", /without a loss/);
  deepEqual(train("--tv_weight=0.1").args, ["--amp-tv-coeff", "0.1", "--phase-tv-coeff", "0.1"]);
});

Deno.test("what Plica does not have stops the call with the reason", () => {
  match(train("--architecture", "fno").refused ?? "", /^--architecture: the networks are convolutional/);
  match(train("--backend", "jax").refused ?? "", /^--backend: expected pytorch or tensorflow/);
  match(normalizeArguments(["--run_id", "7"], "infer").refused ?? "", /^--run_id: models lie in files/);
});

Deno.test("models to compare are arguments", () => {
  const old = ["--pinn_dir", "a", "--baseline_dir", "b", "--test_data", "t.npz", "--skip-registration"];
  deepEqual(normalizeArguments(old, "compare").args, [
    "a",
    "b",
    "--test-data-file",
    "t.npz",
    "--no-registration",
  ]);
});

Deno.test("a name is established for its commands alone", () => {
  deepEqual(normalizeArguments(["--nphotons", "1"], "simulate"), { args: ["--nphotons", "1"], notices: [] });
});

Deno.test("values, numbers below zero and everything after -- stay as they are", () => {
  const args = ["-x", "a_b", "--phase-vmin", "-1", "--", "--n_images"];
  deepEqual(normalizeArguments(args, "infer"), { args, notices: [] });
});

Deno.test("no established name hides a setting, and each leads to a flag that is there", () => {
  const flags = new Set(configFields.map((info) => info.flag));
  deepEqual(Object.keys(ESTABLISHED).filter((name) => flags.has(name)), []);
  const files = [
    "--train-data-file",
    "--test-data-file",
    "--model-path",
    "--output-dir",
    "--no-registration",
  ];
  for (const [name, flag] of Object.entries(ESTABLISHED)) {
    const { args = [], notice, refused } = flag.read(["1"], new Map());
    ok(notice ?? refused, name);
    const made = args.filter((word) => word.startsWith("--"));
    deepEqual(
      made.filter((word) => !flags.has(word.replace("--no-", "--")) && !files.includes(word)),
      [],
      name,
    );
  }
});
