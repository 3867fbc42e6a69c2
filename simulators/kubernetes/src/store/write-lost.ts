import { StatusError } from "../status/index.ts";

const DISK_FULL = ["SQLITE_FULL", "ENOSPC", "EDQUOT"];

/** Why a group of writes is not on disk. None of it was kept, and the next write is tried again. */
export function writeLost(cause: unknown): StatusError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? "");
  if (DISK_FULL.some((full) => code.startsWith(full))) {
    return new StatusError(
      507,
      "InsufficientStorage",
      "nothing was stored: the disk of the data folder is full: free some space and try again",
      {},
      { cause },
    );
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StatusError(500, "InternalError", `nothing was stored: ${why}`, {}, { cause });
}
