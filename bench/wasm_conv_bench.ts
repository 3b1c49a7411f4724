/**
 * Convolutions of the calibrated network on the CPU device: `deno bench -A bench/wasm_conv_bench.ts`.
 *
 * @module
 */
import { WasmDevice } from "../src/device/wasm/device.ts";
import { layerOps, NETWORK_SHAPES, prepareOp } from "./wasm_shapes.ts";

const BATCH = 4;
const SIZE = 64;

for (const threads of [1, 2]) {
  for (const [channels, outputs, divisor] of NETWORK_SHAPES) {
    const side = SIZE / divisor;
    for (const [name, layer] of Object.entries(layerOps(BATCH, channels, outputs, side))) {
      Deno.bench({
        name: `${threads} thread${threads > 1 ? "s" : ""}, ${name}`,
        group: `${channels}->${outputs} @${side}`,
        async fn(bench) {
          const device = await WasmDevice.create({ threads });
          const runner = await prepareOp(device, layer);
          runner.run();
          bench.start();
          runner.run();
          bench.end();
          runner.dispose();
          await device.dispose();
        },
      });
    }
  }
}
