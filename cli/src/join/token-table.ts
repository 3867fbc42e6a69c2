import type { TokenRecord } from "@mapperkit/cloudcore/tokens";
import { printTable } from "../output/print-table.ts";

/** The tokens that a cloud knows; never the tokens themselves. */
export function tokenTable(tokens: readonly TokenRecord[], now: number): string {
  const rows = tokens.map((token) => [
    token.id,
    token.node,
    stateOf(token, now),
    timeOf(token.createdAt),
    timeOf(token.expiresAt),
  ]);
  return printTable(["ID", "NODE", "STATE", "CREATED", "EXPIRES"], rows);
}

function stateOf(token: TokenRecord, now: number): string {
  if (token.usedAt !== undefined) return "used";
  return token.expiresAt <= now ? "expired" : "waiting";
}

function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
