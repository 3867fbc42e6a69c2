import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { endProcess } from "../road/system-process.ts";
import { RestClient } from "./rest-client.ts";

/** One of the two that are compared: a server in a process of its own, and a client of it. */
export interface Side {
  readonly child: ChildProcess;
  readonly client: RestClient;
}

/** Starts a program that prints `ready TARGET`. `place`: its folder, `-` for memory. */
export async function startSide(args: readonly string[], place: string): Promise<Side> {
  if (place !== "-") mkdirSync(place, { recursive: true });
  const child = spawn(process.execPath, [...args, place], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, client: new RestClient(line.replace("ready ", "")) };
}

export async function endSide({ child, client }: Side): Promise<void> {
  client[Symbol.dispose]();
  await endProcess(child);
}
