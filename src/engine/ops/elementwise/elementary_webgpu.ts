/**
 * Elementary functions in WGSL, which several families use.
 *
 * @module
 */
import code from "../../../../kernels/elementwise/elementary.wgsl" with { type: "text" };
import type { Shader } from "../../devices/calls.ts";

/** `kernels/elementwise/elementary.wgsl`. */
export const ELEMENTARY: Shader = { name: "elementwise/elementary", code };
