import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { MapperkitError } from "@mapperkit/api";

const UNIT = "mapperkit-edgecore.service";
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
/** What sd_booted(3) asks. */
const BOOTED = "/run/systemd/system";

export function hasSystemd(): boolean {
  return existsSync(BOOTED);
}

export function unitText(command: readonly string[]): string {
  return `[Unit]
Description=mapperkit edgecore
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=${command.map(quoted).join(" ")}
Restart=always
RestartSec=2
UMask=0077

[Install]
WantedBy=multi-user.target
`;
}

/** Installs edgecore as a service, or renews it, and starts it. @throws MapperkitError `rejected` */
export async function installService(command: readonly string[]): Promise<string> {
  const run = promisify(execFile);
  try {
    await writeFile(UNIT_FILE, unitText(command), { mode: 0o644 });
    await run("systemctl", ["daemon-reload"]);
    await run("systemctl", ["enable", UNIT]);
    await run("systemctl", ["restart", UNIT]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MapperkitError("rejected", `the service ${UNIT} was not installed: ${why}`, {
      cause,
    });
  }
  return UNIT;
}

/** systemd.service(5): words in double quotes, with %, $, \\ and " escaped. */
function quoted(word: string): string {
  if (/^[\w./:=@-]+$/.test(word)) return word;
  const escaped = word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}
