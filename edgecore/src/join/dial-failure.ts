/** What a failed dial means to the person who can mend it; other failures keep their own words. */
export function dialFailureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // Node gives an AggregateError without a message when every address of a name refuses.
  const words = error.message || code || error.name;
  const hint = code === "ERR_TLS_CERT_ALTNAME_INVALID" ? wrongAddress(error) : HINTS[code];
  return hint ? `${words}: ${hint}` : words;
}

const WRONG_CLOUD =
  "this is not the cloud that the node joined; join again with a token of the cloud at this address";

const HINTS: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: "compare the clocks of both machines",
  CERT_HAS_EXPIRED: "compare the clocks of both machines; restart the cloud to renew its own",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: WRONG_CLOUD,
  SELF_SIGNED_CERT_IN_CHAIN: WRONG_CLOUD,
  DEPTH_ZERO_SELF_SIGNED_CERT: WRONG_CLOUD,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: WRONG_CLOUD,
  CERT_SIGNATURE_FAILURE: WRONG_CLOUD,
};

/** Node names the certificate's addresses only where they are of the kind that was dialled. */
function wrongAddress(error: Error): string {
  const names = (error as { cert?: { subjectaltname?: unknown } }).cert?.subjectaltname;
  const known = typeof names === "string" && names !== "" ? ` (${names})` : "";
  return `dial an address that the cloud's certificate names${known}, or add this one to the cloud's hub.tls.advertise`;
}
