import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where the system shows its ports; others in tests. */
export interface PortFolders {
  readonly dev: string;
  readonly sys: string;
}
export const systemFolders: PortFolders = { dev: "/dev", sys: "/sys" };

/** An adapter on USB and the port that it is now. */
export interface UsbPort {
  readonly path: string;
  readonly vendor: string;
  readonly product: string;
  readonly serial: string | undefined;
}

const PORT_NAMES = /^(ttyUSB|ttyACM|ttyAMA|ttyS|ttymxc|ttyO|ttyTHS|rfcomm|cu\.)\w/;
/** How many folders lie between a port and the USB device that it is an interface of. */
const USB_DEPTH = 4;

/** Paths by which ports can be named here, the stable names first. */
export function knownPorts({ dev, sys }: PortFolders): string[] {
  const stable = namesIn(join(dev, "serial/by-id")).map((name) => join(dev, "serial/by-id", name));
  const plain = namesIn(dev).filter((name) => PORT_NAMES.test(name) && isThere(sys, name));
  return [...stable.toSorted(), ...plain.toSorted().map((name) => join(dev, name))];
}

/** The adapters on USB. Needs no udev: the kernel itself tells their numbers. */
export function usbPorts({ dev, sys }: PortFolders): UsbPort[] {
  return namesIn(join(sys, "class/tty")).flatMap((name) => {
    const device = usbDeviceOf(join(sys, "class/tty", name, "device"));
    return device ? [{ path: join(dev, name), ...device }] : [];
  });
}

function usbDeviceOf(link: string): Omit<UsbPort, "path"> | undefined {
  let folder: string;
  try {
    folder = realpathSync(link);
  } catch {
    return undefined;
  }
  for (let depth = 0; depth < USB_DEPTH; depth += 1) {
    const vendor = textOf(join(folder, "idVendor"));
    const product = textOf(join(folder, "idProduct"));
    if (vendor && product) return { vendor, product, serial: textOf(join(folder, "serial")) };
    folder = dirname(folder);
  }
  return undefined;
}

/** Boards have a dozen ttyS in /dev of which the kernel drives none: only those with a driver count. */
function isThere(sys: string, name: string): boolean {
  if (!name.startsWith("ttyS")) return true;
  try {
    const driver = realpathSync(join(sys, "class/tty", name, "device/driver"));
    return basename(driver) !== "serial8250";
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
