export { decodeProtobuf } from "./decode-envelope.ts";
