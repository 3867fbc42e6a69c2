import type { IncomingMessage, ServerResponse } from "node:http";
import { type DeviceId, MapperkitError } from "@mapperkit/api";
import { z } from "zod";
import type { DeviceViews, PropertyView } from "../process/device-views.ts";
import type { Sample } from "../values/sample.ts";
import { answerJson } from "./answer.ts";

const MAX_BODY_BYTES = 131_072;
const desiredBody = z.object({ value: z.union([z.string(), z.number(), z.boolean()]) });

export function answerDevices(views: DeviceViews, response: ServerResponse): void {
  const devices = views.devices().map(({ id, state, properties }) => ({
    device: id,
    state: state ?? "unknown",
    properties: properties.map(({ property }) => property),
  }));
  answerJson(response, 200, { devices });
}

/** Answers with the last sample: asking reads no device and writes none. */
export function answerProperty(
  views: DeviceViews,
  response: ServerResponse,
  device: DeviceId,
  property: string,
): void {
  const view = viewOf(views, device, property);
  const { desired } = view;
  answerJson(response, 200, { ...shownSample(view, view.sample), ...(desired && { desired }) });
}

/** Asks the twin; the mapper writes what the twin then desires. */
export async function putDesired(
  views: DeviceViews,
  request: IncomingMessage,
  response: ServerResponse,
  device: DeviceId,
  property: string,
): Promise<void> {
  if (request.method !== "PUT") {
    response.setHeader("allow", "PUT");
    answerJson(response, 405, { error: `${request.method} is not allowed here` });
    return;
  }
  if (request.headers.origin !== undefined) {
    // A web page of somebody else, in the browser of somebody who may.
    answerJson(response, 403, { error: "web pages may not set desired values" });
    return;
  }
  const view = viewOf(views, device, property);
  const value = await readValue(request);
  const fault = view.checkDesired(value);
  if (fault) throw new MapperkitError("rejected", fault.message);
  await views.setDesired(device, property, value);
  answerJson(response, 202, { device, property, desired: { value } });
}

/** A sample as HTTP shows it. */
export function shownSample(
  { device, property }: PropertyView,
  sample: Sample<string> | undefined,
): object {
  return { device, property, ...(sample ?? { quality: "Uncertain", reason: "initial" }) };
}

/** @throws MapperkitError `not_found` */
export function viewOf(views: DeviceViews, device: DeviceId, property: string): PropertyView {
  const view = views.property(device, property);
  if (view) return view;
  throw new MapperkitError("not_found", `this mapper has no property ${property} of ${device}`);
}

async function readValue(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new MapperkitError("invalid_input", `body is longer than ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  const body = desiredBody.safeParse(parseJson(Buffer.concat(chunks).toString()));
  if (body.success) return String(body.data.value);
  throw new MapperkitError(
    "invalid_input",
    'body must be {"value": …}, a string, number or boolean',
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
