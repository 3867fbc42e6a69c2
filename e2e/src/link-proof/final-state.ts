import type { Device } from "@mapperkit/api";
import type { VirtualWorld } from "./virtual-world.ts";

/** When everything works and has had its time, all ends hold the same, and nothing waits. */
export async function checkFinalState(world: VirtualWorld): Promise<void> {
  const { kube, model, cloud } = world;
  for (const { node, edge, mapper, disk } of world.stations.values()) {
    const own = [...kube.devices.values()].filter(({ spec }) => spec?.nodeName === node);
    const names = own.map(({ metadata }) => metadata.name).sort();
    const announced = [...mapper.announced.keys()].sort();
    model.check(
      names.join() === announced.join(),
      `${node} has ${announced}, Kubernetes gives it ${names}`,
    );
    const rows = (await disk.meta.load()).filter(({ type }) => type === "device");
    const stored = rows.map(({ key }) => key.replace(/^.*\//, "")).sort();
    model.check(stored.join() === names.join(), `${node} keeps the objects of ${stored}`);
    model.check(edge?.twins.backlog === 0, `${node} has reports that nobody confirmed`);
    const twins = new Map((await disk.twins.load()).map((held) => [held.record.id, held]));
    for (const device of own) {
      const held = twins.get(`default/${device.metadata.name}`);
      checkDevice(world, device, held?.twin.get("count")?.actual?.value);
    }
  }
  model.check(cloud?.unackedObjects === 0, `${cloud?.unackedObjects} objects are unacknowledged`);
  checkSyncs(world);
}

function checkDevice(world: VirtualWorld, device: Device, stored: string | undefined): void {
  const { model } = world;
  const { name, labels = {} } = device.metadata;
  const node = device.spec?.nodeName ?? "";
  const { mapper } = world.station(node);
  const twins = new Map(device.status?.twins?.map((twin) => [twin.propertyName, twin]));
  const desired = device.spec?.properties?.find((p) => p.name === "power")?.desired?.value;
  const [power, count] = [twins.get("power"), twins.get("count")];
  const say = (isTrue: boolean, claim: string) => model.check(isTrue, `${node}/${name}: ${claim}`);

  say(mapper.hardware.get(name) === desired, `is ${mapper.hardware.get(name)}, not ${desired}`);
  say(power?.phase?.name === "Applied", `${desired} is ${JSON.stringify(power?.phase)}`);
  say(power?.reported?.value === desired, `reported ${power?.reported?.value}, not ${desired}`);
  say(mapper.announced.get(name) === JSON.stringify(labels), "mappers see old labels");
  const acknowledged = model.acknowledgedCounts.get(`${node}/${name}`);
  say(
    acknowledged === undefined || stored === acknowledged,
    `the edge holds ${stored}, and had acknowledged ${acknowledged}`,
  );
  say(
    stored === undefined || count?.reported?.value === stored,
    `Kubernetes holds ${count?.reported?.value}, the edge ${stored}`,
  );
  say(device.status?.state === "online", `the state is ${device.status?.state}`);
  for (const { type, status, message } of device.status?.conditions ?? []) {
    say(status === "True", `${type} is ${status}: ${message}`);
  }
}

/** One for each object and node, no more: leftovers were deleted. */
function checkSyncs({ kube, model }: VirtualWorld): void {
  const wanted = new Set<string>();
  for (const { metadata, spec } of kube.devices.values()) {
    wanted.add(`${spec?.nodeName}.${metadata.uid}`);
    wanted.add(`${spec?.nodeName}.${kube.model.metadata.uid}`);
  }
  for (const name of kube.syncs.keys()) {
    model.check(wanted.has(name), `ObjectSync ${name} was left behind`);
    wanted.delete(name);
  }
  model.check(wanted.size === 0, `there is no ObjectSync ${[...wanted].join(", ")}`);
}
