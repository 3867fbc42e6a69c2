import { readFileSync } from "node:fs";
import { MapperkitError } from "@mapperkit/api";
import { loadConfig } from "@mapperkit/runtime";
import type { MqttBroker } from "@mapperkit/sdk";
import { z } from "zod";
import type { Streams } from "../output/streams.ts";
import { type LogLevel, runProgram, surroundings } from "../program/run-program.ts";
import { RunningMapper } from "../up/mapper-part.ts";
import { containLeaks } from "./contain-leaks.ts";
import { loadMapper } from "./load-mapper.ts";
import { settings } from "./settings.ts";
import { SystemdNotifier } from "./systemd-notifier.ts";
import { SourceChanges } from "./watch/source-changes.ts";
import { swapBuilds } from "./watch/swap-builds.ts";

export interface RunFlags {
  file: string;
  link: string;
  node?: string | undefined;
  config?: string | undefined;
  set?: string[] | undefined;
  username?: string | undefined;
  "password-file"?: string | undefined;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  buffer?: string | undefined;
  "http-port"?: number | undefined;
  "http-host": string;
  watch?: boolean | undefined;
  "log-level"?: LogLevel | undefined;
}

/** Runs a mapper's file until it is told to stop. */
export async function runMapperFile(flags: RunFlags, { out }: Streams): Promise<void> {
  const { log, clock } = surroundings(flags["log-level"] ?? "info");
  // From before the file is read: what is saved meanwhile is not missed.
  using changes = flags.watch ? new SourceChanges(flags.file, clock) : undefined;
  const mapper = await loadMapper(flags.file);
  const config = loadConfig(z.record(z.string(), z.unknown()), {
    file: flags.config,
    flags: settings(flags.set ?? []),
  });
  const link = brokerOf(flags, process.env);
  const notifier = new SystemdNotifier(process.env, clock, log);
  const part = new RunningMapper(`mapper ${mapper.name}`, async (signal) => {
    const running = await mapper.start({
      ...{ link, config, signal, log },
      ...(flags.node && { node: flags.node }),
      ...(flags.buffer && { bufferFile: flags.buffer }),
      ...(flags["http-port"] !== undefined && { http: httpOf(flags, out) }),
      onReady: () => notifier.ready(),
    });
    using _watching = changes
      ? swapBuilds({ file: flags.file, running, changes, clock, log })
      : undefined;
    await running.ended;
  });
  const letGo = containLeaks(log);
  try {
    await runProgram(part, () => out(`mapper ${mapper.name}: ${flags.link}`));
  } finally {
    notifier.stopping();
    letGo();
  }
}

function httpOf({ "http-port": port = 0, "http-host": host }: RunFlags, out: Streams["out"]) {
  return { port, host, onListening: (taken: number) => out(`http://${host}:${taken}`) };
}

/** A password comes from a file or the environment, never from the command line that all can read. */
function brokerOf(flags: RunFlags, environment: NodeJS.ProcessEnv): MqttBroker {
  const { link: url, username, ca, cert, key } = flags;
  const passwordFile = flags["password-file"];
  const password = passwordFile
    ? textOf("password-file", passwordFile).trimEnd()
    : environment.MAPPERKIT_MQTT_PASSWORD;
  return {
    url,
    ...(username && { username }),
    ...(password && { password }),
    ...(ca && { ca: textOf("ca", ca) }),
    ...(cert && { cert: textOf("cert", cert) }),
    ...(key && { key: textOf("key", key) }),
  };
}

function textOf(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new MapperkitError("invalid_input", `--${flag} ${file}: cannot be read`, { cause });
  }
}
