import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device, DeviceModel } from "@mapperkit/api";
import { samplingOf } from "./sampling.ts";

function withProperty<T>(configData: Record<string, unknown> | undefined): T {
  const visitors = configData && { configData };
  return { spec: { properties: [{ name: "p", visitors }] } } as T;
}

const cases: { title: string; model?: object; device?: object; sampling: object | undefined }[] = [
  { title: "nothing asked", model: { register: 1 }, device: {}, sampling: undefined },
  {
    title: "the model asks",
    model: { history: 10 },
    sampling: { everySample: false, history: 10 },
  },
  {
    title: "the device's word wins key by key",
    model: { history: 10, everySample: true },
    device: { history: 5 },
    sampling: { everySample: true, history: 5 },
  },
  {
    title: "the device takes it back",
    model: { history: 10 },
    device: { history: 0 },
    sampling: undefined,
  },
  {
    title: "scalars as text",
    device: { history: "7", everySample: "true" },
    sampling: { everySample: true, history: 7 },
  },
  { title: "no number of samples", device: { history: "many" }, sampling: undefined },
  { title: "less than none", device: { history: -1 }, sampling: undefined },
  {
    title: "more than any disk",
    device: { history: 1e12 },
    sampling: { everySample: false, history: 100_000 },
  },
];
for (const { title, model, device, sampling } of cases) {
  test(`sampling: ${title}`, () => {
    const found = samplingOf(
      withProperty<Device>(device as Record<string, unknown>),
      withProperty<DeviceModel>(model as Record<string, unknown>),
    );
    assert.deepEqual(found?.get("p"), sampling);
  });
}
