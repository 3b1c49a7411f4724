/**
 * Reconstructions and inferences that are killed and called again.
 */
import { equal } from "node:assert/strict";
import { killCommand } from "../support/killed_commands.ts";
import { folderWithScan } from "./small_scan.ts";

const { folder, scan } = await folderWithScan();
const quiet = ["--accelerator", "wasm", "--threads", "1", "--quiet"];

Deno.test("what is killed and called again ends with the object of a call that nobody disturbed [wasm]", async () => {
  for (
    const args of [
      ["reconstruct", "--data-file", scan, "--num-epochs", "14", ...quiet],
      ["infer", "--test-data-file", scan, ...quiet],
    ]
  ) {
    const command = { name: args[0], args, again: ["--resume"] };
    const { kills } = await killCommand(command, { folder, kills: 2, seed: 3 });
    equal(kills, 2);
  }
});
