import type { Log } from "@mapperkit/runtime";

/**
 * Keeps the process alive though a driver leaks a rejection, or throws where nobody can catch it: it
 * is logged, and the devices' own time-outs notice what no longer works. Undone by the result.
 */
export function containLeaks(log: Log): () => void {
  const rejected = (reason: unknown) => log.error("a driver leaked a rejection", facts(reason));
  const thrown = (error: unknown) => log.error("a driver threw into the void", facts(error));
  process.on("unhandledRejection", rejected).on("uncaughtException", thrown);
  return () => {
    process.off("unhandledRejection", rejected).off("uncaughtException", thrown);
  };
}

function facts(error: unknown): { readonly error: string } {
  return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
