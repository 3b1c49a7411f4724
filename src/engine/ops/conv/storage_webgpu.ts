/**
 * Precision in which the operands of convolutions are held where they are multiplied.
 *
 * @module
 */
import f16 from "../../../../kernels/conv/storage_f16.wgsl" with { type: "text" };
import f32 from "../../../../kernels/conv/storage_f32.wgsl" with { type: "text" };
import mixed from "../../../../kernels/conv/storage_mixed.wgsl" with { type: "text" };
import type { Shader } from "../../devices/calls.ts";
import type { DeviceLimits } from "../../devices/device.ts";

const F16: Shader = { name: "conv/storage_f16", code: f16 };
const F32: Shader = { name: "conv/storage_f32", code: f32 };
const MIXED: Shader = { name: "conv/storage_mixed", code: mixed };

/** 16 bits where the device was opened so, except for gradients. */
export function storageOf(limits: DeviceLimits, operands: "activations" | "gradients"): Shader {
  if (limits.gpu?.precision !== "f16") return F32;
  return operands === "activations" ? F16 : MIXED;
}
