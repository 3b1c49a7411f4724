/**
 * Fusion and the memory plan.
 */
import assert from "node:assert/strict";
import * as fc from "../../src/deps/fast_check.ts";
import { ReferenceDevice } from "../../src/engine/devices/reference/device.ts";
import * as f from "../../src/engine/graph/functions.ts";
import { Graph } from "../../src/engine/graph/graph.ts";
import { planMemory } from "../../src/engine/plan/memory.ts";
import { arenaBytesOf, compile } from "../../src/engine/plan/program.ts";
import { Layout } from "../../src/engine/graph/space.ts";
import { Storage } from "../../src/engine/plan/storage.ts";

Deno.test("values alive at the same time never share bytes", () => {
  const block = fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), from: fc.nat(30), length: fc.nat(10) })
    .map(({ bytes, from, length }) => ({ bytes, from, to: from + length }));
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 40 }),
      fc.integer({ min: 8192, max: 20000 }),
      (blocks, limit) => {
        const { places, arenaBytes } = planMemory(blocks, limit);
        assert(arenaBytes.every((bytes) => bytes <= limit));
        blocks.forEach((a, i) =>
          blocks.forEach((b, j) => {
            if (i >= j || a.from > b.to || b.from > a.to || places[i].arena !== places[j].arena) return;
            const apart = places[i].byteOffset + a.bytes <= places[j].byteOffset ||
              places[j].byteOffset + b.bytes <= places[i].byteOffset;
            assert(apart, `blocks ${i} and ${j} overlap`);
          })
        );
      },
    ),
  );
});

Deno.test("a chain of elementwise functions runs as one pass, an activation inside its convolution", async () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 3, 8, 8]);
  const weight = graph.input("w", [4, 3, 3, 3]);
  const y = f.relu(f.conv2d(x, { weight }));
  const z = f.exp(f.scale(f.tanh(f.maxPool2(y)), 0.5));
  const s = f.sum(f.square(f.offset(z, 1)));
  const device = new ReferenceDevice();
  using program = await compile(device, { graph, outputs: { s } });
  assert.deepEqual(program.plan.map(({ op }) => op), ["conv2d", "max_pool2", "reduce"]);
});

Deno.test("a value that is read twice is computed once", async () => {
  const graph = new Graph();
  const x = graph.input("x", [64]);
  const shared = f.exp(x);
  const outputs = { a: f.sum(shared), b: f.add(shared, f.sin(shared)) };
  using program = await compile(new ReferenceDevice(), { graph, outputs });
  assert.deepEqual(program.plan.map(({ op }) => op), ["map", "reduce", "map"]);
});

Deno.test("intermediate memory is reused along a chain", async () => {
  const graph = new Graph();
  let x = graph.input("x", [1, 1, 64, 64]);
  for (let k = 0; k < 20; k++) x = f.upsample2(f.maxPool2(x));
  const device = new ReferenceDevice();
  using program = await compile(device, { graph, outputs: { x } });
  assert(program.arenaBytes <= 4 * 4 * 64 * 64, `${program.arenaBytes} bytes for planes of ${4 * 64 * 64}`);
});

Deno.test("assignments take effect in their order, straight into the space where nothing reads it before", async () => {
  const layout = new Layout();
  layout.add("a", { shape: [3], dtype: "f32" });
  layout.add("b", { shape: [3], dtype: "f32" });
  const space = { name: "state", layout };
  const graph = new Graph();
  const x = graph.input("x", [3]);
  const a = graph.variable(space, "a");
  const before = f.scale(a, 1);
  graph.assign(a, f.add(a, x));
  graph.assign(graph.variable(space, "b"), f.scale(x, 10));
  const device = new ReferenceDevice();
  using storage = new Storage(device, space);
  storage.write("a", Float32Array.of(1, 2, 3));
  using program = await compile(device, { graph, outputs: { before }, storages: [storage] });
  program.write("x", Float32Array.of(1, 1, 1));
  program.run();
  program.run();
  assert.deepEqual([...await program.read("before")], [2, 3, 4]);
  const values = await storage.read();
  assert.deepEqual([...values.get("a") ?? []], [3, 4, 5]);
  assert.deepEqual([...values.get("b") ?? []], [10, 10, 10]);
});

Deno.test("a released program gives all memory back, and a disposed device refuses", async () => {
  const graph = new Graph();
  const y = f.exp(graph.input("x", [100]));
  const device = new ReferenceDevice();
  const program = await compile(device, { graph, outputs: { y } });
  assert(device.liveBytes > 0);
  program[Symbol.dispose]();
  assert.equal(device.liveBytes, 0);
  await device.dispose();
  await assert.rejects(compile(device, { graph, outputs: { y } }), /disposed/);
});

Deno.test("inputs and outputs are named in errors", async () => {
  const graph = new Graph();
  const y = f.exp(graph.input("x", [4]));
  using program = await compile(new ReferenceDevice(), { graph, outputs: { y } });
  assert.throws(() => program.write("z", new Float32Array(4)), /no z; there are x/);
  assert.throws(() => program.write("x", new Float32Array(3)), /x has 4 values, not 3/);
});

Deno.test("the bytes of a program are known before anything is allocated", async () => {
  const device = new ReferenceDevice();
  const graph = new Graph();
  const x = graph.input("x", [64, 64]);
  const outputs = { y: f.sum(f.exp(x)), z: f.multiply(x, f.sum(x, [1])) };
  const bytes = arenaBytesOf(device, { graph, outputs });
  assert.equal(device.liveBytes, 0);
  using program = await compile(device, { graph, outputs });
  assert.equal(program.arenaBytes, bytes);
});
