import { deepEqual } from "node:assert/strict";
import { normalizeArguments, OLD_NAMES } from "../../src/app/shell/arguments.ts";
import { configFields } from "../../src/config/schema.ts";

Deno.test("snake case is taken silently", () => {
  deepEqual(normalizeArguments(["--train_data_file", "a_b.npz", "--batch_size=4"]), {
    args: ["--train-data-file", "a_b.npz", "--batch-size=4"],
    notices: [],
  });
});

Deno.test("established names are taken with one line each", () => {
  const old = ["--n_images", "64", "--torch-accelerator=cpu", "--disable_mlflow", "--test_data", "D"];
  deepEqual(normalizeArguments(old), {
    args: ["--n-groups", "64", "--accelerator=cpu", "--test-data-file", "D"],
    notices: [
      "--n_images is called --n-groups here",
      "--torch-accelerator is called --accelerator here",
      "--disable_mlflow is not needed: MLflow gets nothing without --logger mlflow",
      "--test_data is called --test-data-file here",
    ],
  });
});

Deno.test("values and everything after -- stay as they are", () => {
  const args = ["-x", "a_b", "--", "--n_images"];
  deepEqual(normalizeArguments(args), { args, notices: [] });
});

Deno.test("no established name hides a setting", () => {
  const flags = new Set(configFields.map((info) => info.flag));
  deepEqual(Object.keys(OLD_NAMES).filter((name) => flags.has(name)), []);
});
