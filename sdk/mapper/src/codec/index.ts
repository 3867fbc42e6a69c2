export { sliceBlock } from "./block-slice.ts";
export { type AddressBits, blockBytesOf, type Encoding } from "./encoding.ts";
export { packBits, unpackBits } from "./packed-bits.ts";
export { createCodec, type DecodedValue, type ValueCodec } from "./value-codec.ts";
export { formatDecoded, parseDecoded } from "./value-text.ts";
