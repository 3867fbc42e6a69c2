import { MapperkitError } from "@mapperkit/api";

/**
 * A broker that other machines reach must know its users and be spoken to in secret.
 * @throws MapperkitError `invalid_input` saying what is missing
 */
export function checkExposure(settings: {
  host: string;
  hasUsers: boolean;
  hasTls: boolean;
  allowPlain: boolean;
}): void {
  const { host, hasUsers, hasTls, allowPlain } = settings;
  if (isLoopback(host)) return;
  const missing = [
    ...(hasUsers ? [] : ["mqtt.users or mqtt.usersFile"]),
    ...(hasTls || allowPlain ? [] : ["mqtt.tls"]),
  ];
  if (missing.length === 0) return;
  throw new MapperkitError(
    "invalid_input",
    `mqtt.host ${host} can be reached from other machines: set ${missing.join(" and ")}, or use 127.0.0.1`,
    { details: { host } },
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
