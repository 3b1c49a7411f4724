/**
 * The wire format of protocol buffers: `@bufbuild/protobuf/wire`, pinned.
 *
 * @module
 */

export * from "npm:@bufbuild/protobuf@2.17.0/wire";
