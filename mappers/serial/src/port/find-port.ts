import { MapperkitError } from "@mapperkit/api";
import { knownPorts, type PortFolders, type UsbPort, usbPorts } from "./known-ports.ts";

const USB = /^usb:([0-9a-f]{4}):([0-9a-f]{4})(?::(.+))?$/i;

/**
 * The path of a port that may be named by the USB numbers of its adapter, which stay while
 * `/dev/ttyUSB0` becomes `/dev/ttyUSB1`.
 * @throws MapperkitError `unreachable` when no adapter, or more than one, has these numbers
 */
export function findPort(serialPort: string, folders: PortFolders): string {
  const [, vendor = "", product = "", serial] = USB.exec(serialPort) ?? [];
  if (vendor === "") return serialPort;
  const all = usbPorts(folders);
  const fitting = all.filter(
    (port) =>
      port.vendor.toLowerCase() === vendor.toLowerCase() &&
      port.product.toLowerCase() === product.toLowerCase() &&
      (serial === undefined || port.serial === serial),
  );
  const [first, second] = fitting;
  if (first && !second) return first.path;
  const what = first
    ? `${fitting.length} adapters have these numbers: ${fitting.map(nameOf).join(", ")}; add the serial number`
    : `no such adapter is plugged in; ${all.length > 0 ? `there are ${all.map(nameOf).join(", ")}` : "there is none on USB"}`;
  throw new MapperkitError("unreachable", `serialPort ${serialPort}: ${what}`, {
    details: { serialPort },
  });
}

/** What to look at when a port cannot be opened. */
export function hintFor(path: string, message: string, folders: PortFolders): string {
  if (/denied|EACCES|EPERM/i.test(message)) {
    return `this user may not use it: add the user to the group that owns ${path} (usually dialout) and log in anew`;
  }
  if (/lock|busy|EBUSY|temporarily unavailable/i.test(message)) {
    return "another program has it, or a device with other line settings";
  }
  if (!/no such|ENOENT|ENXIO|ENODEV|cannot open/i.test(message)) {
    return "check that it is a serial port and takes these line settings";
  }
  const ports = knownPorts(folders).filter((known) => known !== path);
  const list = ports.length > 0 ? `ports here: ${ports.join(", ")}` : "there are no ports here";
  return `check serialPort, and that the adapter is plugged in; ${list}`;
}

function nameOf({ vendor, product, serial, path }: UsbPort): string {
  return `usb:${vendor}:${product}${serial === undefined ? "" : `:${serial}`} (${path})`;
}
