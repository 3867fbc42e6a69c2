export { createJoinToken } from "./create-join-token.ts";
export { NodeTokens, type TokenRecord } from "./node-tokens.ts";
export { checkSharedToken } from "./shared-token.ts";
export { SharedTokenKeeper } from "./shared-token-keeper.ts";
export { tokenIdOf } from "./token-text.ts";
