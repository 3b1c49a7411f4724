/**
 * The devices together.
 *
 * @module
 */
import type { GpuCall, ReferenceCall, WasmCall } from "./calls.ts";
import type { Device } from "./device.ts";

/** Any of the three devices. */
export type AnyDevice = Device<WasmCall> | Device<GpuCall> | Device<ReferenceCall>;
