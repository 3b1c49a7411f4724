/**
 * Batched 2-D transforms on the CPU device: `deno bench -A bench/wasm_fft_bench.ts`.
 *
 * @module
 */
import { WasmDevice } from "../src/device/wasm/device.ts";
import { OPS } from "../src/tensor/ops/registry.ts";
import { prepareOp } from "./wasm_shapes.ts";

for (const [size, batch] of [[64, 256], [128, 64], [256, 16], [512, 4]]) {
  for (const threads of [1, 2]) {
    const device = await WasmDevice.create({ threads });
    const attrs = { inverse: false, shift: true };
    const runner = await prepareOp(device, {
      op: OPS.fft2,
      attrs,
      inputs: [{ shape: [batch, size, size], dtype: "c64" }],
    });
    Deno.bench({
      name: `${threads} thread${threads > 1 ? "s" : ""}`,
      group: `fft2 [${batch}, ${size}, ${size}]`,
      fn: () => runner.run(),
    });
  }
}
