import { isIP } from "node:net";
import { MapperkitError } from "@mapperkit/api";

const HUB_PORT = 10_000;
const CERTIFICATE_PORT = 10_002;

/**
 * Where a cloud is dialled, from `HOST` or `HOST:PORT`.
 * @throws MapperkitError `invalid_input`
 */
export function cloudAddress(
  text: string,
  certificatePort = CERTIFICATE_PORT,
): { hubUrl: string; certificateUrl: string } {
  const literal = isIP(text) === 6 ? `[${text}]` : text;
  const [, host, port = String(HUB_PORT)] = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(
    literal,
  ) ?? [undefined, undefined];
  if (host === undefined || Number(port) > 65_535) {
    throw new MapperkitError(
      "invalid_input",
      `--cloud ${JSON.stringify(text)}: expected HOST or HOST:PORT, like cloud.example:10000`,
    );
  }
  return {
    hubUrl: `wss://${host}:${port}`,
    certificateUrl: `https://${host}:${certificatePort}`,
  };
}
