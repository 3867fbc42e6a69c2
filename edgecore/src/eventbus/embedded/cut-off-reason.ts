const REASONS: readonly (readonly [RegExp, string])[] = [
  [/does not read/, "slow_reader"],
  [/larger than|more than four bytes/, "packet_too_large"],
  [/^keep alive timeout/, "silent"],
  [/^connect did not arrive/, "silent"],
  [/^not stored|database|SQLITE|disk/i, "not_stored"],
  [/^(bad user|unknown user|not authorized|the will is|the client id)/, "refused"],
];

/** Why the broker ended a connection, in one of few words. */
export function cutOffReason({ message }: Error): string {
  return REASONS.find(([pattern]) => pattern.test(message))?.[1] ?? "protocol_error";
}
