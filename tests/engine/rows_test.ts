/**
 * Rows taken from a table and put into it.
 */
import assert from "node:assert/strict";
import * as f from "../../src/engine/graph/functions.ts";
import { Graph } from "../../src/engine/graph/graph.ts";
import { compile } from "../../src/engine/plan/program.ts";
import { Layout } from "../../src/engine/graph/space.ts";
import { Storage } from "../../src/engine/plan/storage.ts";
import { testOnDevices } from "../support/devices.ts";

testOnDevices("rows go to their numbers and come back; numbers outside do nothing", {}, async (device) => {
  const layout = new Layout();
  layout.add("table", { shape: [5, 3], dtype: "c64" });
  const space = { name: "state", layout };
  const graph = new Graph();
  const table = graph.variable(space, "table");
  const numbers = graph.input("numbers", [4]);
  const before = f.take(table, numbers);
  f.put(table, { rows: f.scale(before, 10), numbers });
  using storage = new Storage(device, space);
  using program = await compile(device, { graph, outputs: { before }, storages: [storage] });
  const values = Float32Array.from({ length: 30 }, (_, i) => i + 1);
  storage.write("table", values);
  program.write("numbers", Float32Array.of(3, -1, 0, 5));
  program.run();
  const row = (k: number) => [...values.subarray(6 * k, 6 * k + 6)];
  const none = new Array<number>(6).fill(0);
  assert.deepEqual([...await program.read("before")], [...row(3), ...none, ...row(0), ...none]);
  const after = (await storage.read()).get("table") ?? [];
  const tenfold = (k: number) => row(k).map((v) => 10 * v);
  assert.deepEqual([...after], [...tenfold(0), ...row(1), ...row(2), ...tenfold(3), ...row(4)]);
});
