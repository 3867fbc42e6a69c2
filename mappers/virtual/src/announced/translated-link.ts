import type { DeviceAnnouncement } from "@mapperkit/api";
import type { TwinLink, TwinListener } from "@mapperkit/sdk";

/** A link whose announcements pass through `translate` on their way to the mapper. */
export function translatedLink(
  link: TwinLink,
  translate: (announcement: DeviceAnnouncement) => DeviceAnnouncement,
): TwinLink {
  const through = (listener: TwinListener): TwinListener => ({
    linkUp: () => listener.linkUp(),
    deviceAnnounced: (announcement, node) =>
      listener.deviceAnnounced(translate(announcement), node),
    deviceGone: (id) => listener.deviceGone(id),
    twinHeard: (id, property, twin) => listener.twinHeard(id, property, twin),
  });
  return {
    serve: (listener, signal) => link.serve(through(listener), signal),
    watch: (id) => link.watch(id),
    report: (id, twin) => link.report(id, twin),
    setState: (id, state) => link.setState(id, state),
  };
}
