import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { type MsgTwin, mergeModelDefaults, parseDevice, parseDeviceModel } from "@mapperkit/api";
import { RealClock, silentLog } from "@mapperkit/runtime";
import { createSupply, supplyConfig } from "@mapperkit/sim-serial";
import { parse } from "yaml";
import { hasProgram } from "./testing/foreign-program.ts";
import { runMapper, valueIs } from "./testing/running-mapper.ts";

const folder = resolve(import.meta.dirname, "../../../examples/lab-supply");
const read = (file: string) => parse(readFileSync(resolve(folder, file), "utf8"));
const model = parseDeviceModel(read("supply-model.yaml"));
const device = mergeModelDefaults(parseDevice(read("supply.yaml")), model);

function announced(serialPort: string) {
  const configData = { ...device.spec?.protocol?.configData, serialPort };
  const protocol = { protocolName: "serial", configData };
  return {
    version: 1 as const,
    generation: 1,
    device: { ...device, spec: { ...device.spec, protocol } },
    model,
  };
}

for (const way of ["pty", "gateway"] as const) {
  test(`the lab supply of the example obeys over a ${way}, and says why it will not`, async (t) => {
    if (way === "pty" && !hasProgram(t, "socat", "socat")) return;
    const scratch = mkdtempSync(join(tmpdir(), "supply-"));
    t.after(() => rmSync(scratch, { recursive: true, force: true }));
    const path = join(scratch, "port");
    const config = supplyConfig.parse(
      way === "pty" ? { pty: { path, baudRate: 115_200 } } : { port: 0 },
    );
    const supply = createSupply(config, { clock: new RealClock(), log: silentLog });
    await supply.start(new AbortController().signal);
    t.after(() => supply.stop());
    const { link, reported } = runMapper(t);
    link.announce(announced(way === "pty" ? path : supply.address));
    await reported("supply", "identity", valueIs("MAPPERKIT,LS325,SN100001,1.0"));
    link.setDesired("default/supply", "voltageSetpoint", "12.5", 2);
    link.setDesired("default/supply", "output", "true", 2);
    const obeyed = await reported("supply", "voltageSetpoint", isApplied);
    assert.equal(obeyed.actual?.value, "12.5");
    assert.equal(obeyed.outcome?.reason, "ReadBack");
    await reported("supply", "output", isApplied);
    assert.equal(supply.plant.get("output"), true);

    link.setDesired("default/supply", "voltageSetpoint", "99", 3);
    const { outcome } = await reported(
      "supply",
      "voltageSetpoint",
      (twin) => twin.outcome?.phase === "Rejected",
    );
    assert.match(outcome?.message ?? "", /-222,.*Data out of range/);
    assert.equal(supply.plant.get("voltageSetpoint"), 12.5);
  });
}

function isApplied({ outcome }: MsgTwin): boolean {
  return outcome?.phase === "Applied";
}
