import { MapperkitError } from "@mapperkit/api";
import type { Streams } from "../output/streams.ts";

export interface HttpFlags {
  property: string;
  url: string;
}

interface Shown {
  readonly value?: string;
  readonly quality?: string;
  readonly reason?: string;
  readonly error?: string;
}

/** Prints the last sample of a property. */
export async function getProperty(flags: HttpFlags, { out }: Streams): Promise<void> {
  out(lineOf(flags.property, await ask(pathOf(flags), {})));
}

/** Asks the twin for a desired value. */
export async function setProperty(
  flags: HttpFlags & { value: string },
  { out }: Streams,
): Promise<void> {
  const body = JSON.stringify({ value: flags.value });
  await ask(`${pathOf(flags)}/desired`, { method: "PUT", body });
  out(`${flags.property}: ${flags.value} is desired`);
}

/** Prints each change of a property until the mapper ends or `signal` aborts. */
export async function watchProperty(
  flags: HttpFlags,
  { out }: Streams,
  signal: AbortSignal,
): Promise<void> {
  const answer = await reach(`${pathOf(flags)}/watch`, { signal });
  if (!answer.ok) throw refusalOf(answer.status, await shownBy(answer));
  let rest = "";
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("data: ")) out(lineOf(flags.property, JSON.parse(line.slice(6))));
    }
  }
}

/** `temperature` of `default/oven` is named `oven/temperature` or `default/oven/temperature`. */
function pathOf({ property, url }: HttpFlags): string {
  const parts = property.split("/");
  if (parts.length < 2 || parts.length > 3 || parts.includes("")) {
    throw new MapperkitError(
      "invalid_input",
      `"${property}" names no property, expected DEVICE/PROPERTY or NAMESPACE/DEVICE/PROPERTY`,
    );
  }
  const [namespace, device, name] = (parts.length === 2 ? ["default", ...parts] : parts).map(
    (part) => encodeURIComponent(part),
  );
  return `${url.replace(/\/$/, "")}/v1/devices/${namespace}/${device}/properties/${name}`;
}

async function ask(url: string, init: RequestInit): Promise<Shown> {
  const answer = await reach(url, init);
  const shown = await shownBy(answer);
  if (!answer.ok) throw refusalOf(answer.status, shown);
  return shown;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new MapperkitError(
      "unreachable",
      `no mapper answers at ${url}: run it with --http-port, or name another with --url`,
      { cause },
    );
  }
}

async function shownBy(answer: Response): Promise<Shown> {
  try {
    return (await answer.json()) as Shown;
  } catch {
    return {};
  }
}

function refusalOf(status: number, { error }: Shown): MapperkitError {
  const message = error ?? `the mapper answered ${status}`;
  if (status === 404) return new MapperkitError("not_found", message);
  if (status === 400) return new MapperkitError("invalid_input", message);
  return new MapperkitError(status === 503 || status === 504 ? "unreachable" : "rejected", message);
}

function lineOf(property: string, { value, quality, reason }: Shown): string {
  const doubt = quality === "Good" ? "" : `   (${quality}: ${reason})`;
  return `${property}   ${value ?? "-"}${doubt}`;
}
