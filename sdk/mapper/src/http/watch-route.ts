import type { ServerResponse } from "node:http";
import type { DeviceId } from "@mapperkit/api";
import type { DeviceViews } from "../process/device-views.ts";
import type { Sample } from "../values/sample.ts";
import { shownSample, viewOf } from "./property-routes.ts";
import type { Watchers } from "./watchers.ts";

/** Unread bytes from which on a watcher that does not read is let go. */
const MAX_UNREAD_BYTES = 1_000_000;

/** Server-sent events: the present sample, then each that differs from the one before. */
export function watchProperty(
  views: DeviceViews,
  watchers: Watchers,
  response: ServerResponse,
  device: DeviceId,
  property: string,
): void {
  const view = viewOf(views, device, property);
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  let shown = "";
  const send = (sample: Sample<string> | undefined) => {
    const { value, quality, reason, sourceTimestamp } = sample ?? {};
    const facts = JSON.stringify([value, quality, reason, sourceTimestamp]);
    if (facts === shown) return;
    shown = facts;
    response.write(`data: ${JSON.stringify(shownSample(view, sample))}\n\n`);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  };
  send(view.sample);
  const unwatch = watchers.watch(device, property, send);
  response.on("close", unwatch);
}
