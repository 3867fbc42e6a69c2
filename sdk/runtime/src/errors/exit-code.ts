import { type ErrorCode, MapperkitError } from "@mapperkit/api";

const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 2,
  unsupported: 2,
  unreachable: 3,
  timed_out: 3,
  rejected: 4,
  not_found: 1,
  conflict: 1,
  internal: 1,
};

/** The exit code of a command that ended with `error`. @see docs/errors.md */
export function exitCodeOf(error: unknown): number {
  return error instanceof MapperkitError ? EXIT_CODES[error.code] : 1;
}
