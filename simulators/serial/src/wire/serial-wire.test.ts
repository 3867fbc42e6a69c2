import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDeviceModel } from "@mapperkit/api";
import type { Panel, Reading, Refusal } from "@mapperkit/sim-plant";
import fc from "fast-check";
import { describedDevice } from "../from-devices/described-device.ts";
import { SerialWire } from "./serial-wire.ts";

type Properties = Readonly<Record<string, { type: string; configData: Record<string, unknown> }>>;

/** Values that a client sees; `stuck` refuses to be written. */
class Values implements Panel {
  readonly values: Record<string, unknown>;

  constructor(values: Record<string, unknown>) {
    this.values = values;
  }

  read(property: string): Reading {
    return { value: this.values[property], quality: "Good" };
  }

  write(property: string, value: unknown): Refusal | undefined {
    if (property === "stuck") return "illegalValue";
    this.values[property] = value;
    return undefined;
  }
}

function wireOf(configData: Record<string, unknown>, properties: Properties): SerialWire {
  const wire = new SerialWire();
  const metadata = { name: "thing", namespace: "default" };
  const model = parseDeviceModel({
    ...{ apiVersion: "devices.kubeedge.io/v1beta1", kind: "DeviceModel", metadata },
    spec: {
      properties: Object.entries(properties).map(([name, { type }]) => {
        return { name, type, accessMode: "ReadWrite" };
      }),
    },
  });
  const visitors = new Map(Object.entries(properties).map(([name, one]) => [name, one.configData]));
  wire.add(describedDevice(0, { configData, model, visitors }));
  return wire;
}

function ask(wire: SerialWire, panel: Panel, ...pieces: Buffer[]): Buffer {
  const decode = wire.open();
  const answers = pieces.flatMap((piece) =>
    decode(piece).map(({ respond }) => respond(panel) ?? Buffer.alloc(0)),
  );
  return Buffer.concat(answers);
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

test("lines: queries, commands, acknowledgements, refusals, echo, and silence for others", () => {
  const wire = wireOf(
    { terminator: "\\r", echo: true, acknowledge: "^OK$", refusal: "^ERR (.*)", address: 3 },
    {
      speed: {
        type: "FLOAT",
        configData: { query: "{address}V", command: "{address}V{value:.1f}", pattern: "^V=(.*)$" },
      },
      on: {
        type: "BOOLEAN",
        configData: {
          query: "{address}E",
          command: "{address}E{value}",
          trueText: "Y",
          falseText: "N",
        },
      },
      stuck: { type: "INT", configData: { command: "{address}S{value}" } },
    },
  );
  const panel = new Values({ speed: 1.5, on: false });
  const say = (text: string) => ask(wire, panel, Buffer.from(text)).toString();
  assert.equal(say("3V\r"), "3V\rV=1.5\r");
  assert.equal(say("3V2.5\r3V\r"), "3V2.5\rOK\r3V\rV=2.5\r");
  assert.equal(say("3EY\r"), "3EY\rOK\r");
  assert.equal(panel.values.on, true);
  assert.equal(say("3EQ\r"), "3EQ\rERR illegal value\r");
  assert.equal(say("3S1\r"), "3S1\rERR illegal value\r");
  assert.equal(say("4V\r"), "");
});

test("lines: what confirm asks for tells of the commands before it", () => {
  const wire = wireOf(
    { terminator: "\\n", confirm: "ERR?", acknowledge: "^0,", refusal: '^(-\\d+,".*")' },
    {
      volts: { type: "FLOAT", configData: { command: "V {value}" } },
      stuck: { type: "INT", configData: { command: "S {value}" } },
    },
  );
  const panel = new Values({});
  const say = (text: string) => ask(wire, panel, Buffer.from(text)).toString();
  assert.equal(say("V 5\nERR?\n"), "0,\n");
  assert.equal(say("S 5\nERR?\nERR?\n"), '-1,"illegal value"\n0,\n');
});

/** By hand: AA 55, address 7, length of all, kind, value, sum of all before it. */
const frames = {
  framing: "frame",
  header: "AA 55",
  address: 7,
  addressAt: 2,
  lengthAt: 3,
  checksum: "sum8",
} as const;
const level = {
  level: {
    type: "INT",
    configData: {
      ...{ query: "AA 55 {address} {length} 01", command: "AA 55 {address} {length} 81 {value}" },
      ...{ at: 5, dataType: "int16", acknowledge: "^AA 55 .. .. 06" },
    },
  },
};

test("frames: bytes that were reckoned by hand", () => {
  const wire = wireOf(frames, level);
  const panel = new Values({ level: -2 });
  const query = hex("aa55 07 06 01 0d");
  const answer = ask(wire, panel, query);
  assert.equal(answer.toString("hex"), `aa5507080000fffe0b`.replace("0000fffe0b", "00fffe0b"));
  const command = hex("aa55 07 08 81 0102 92");
  assert.equal(ask(wire, panel, command).toString("hex"), "aa5507060612");
  assert.equal(panel.values.level, 258);
});

test("frames: found behind noise and however they are cut; a wrong check is not obeyed", () => {
  const query = hex("aa55 07 06 01 0d");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (noise, size) => {
      const wire = wireOf(frames, level);
      // What happens to be a beginning takes the bytes that follow for its own, as on a wire.
      fc.pre(!noise.includes(0xaa));
      const all = Buffer.concat([noise, query]);
      const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      assert.equal(ask(wire, new Values({ level: 1 }), ...pieces).length, 8);
    }),
  );
  const panel = new Values({ level: 1 });
  ask(wireOf(frames, level), panel, hex("aa55 07 08 81 0102 93"));
  assert.equal(panel.values.level, 1);
});

test("frames: a spoilt check is wrong, a spoilt address is right in itself", () => {
  const wire = wireOf(frames, level);
  const [request] = wire.open()(hex("aa55 07 06 01 0d"));
  const answer = request?.respond(new Values({ level: 1 }));
  assert.ok(answer);
  const sumOf = (frame: Uint8Array) =>
    frame.subarray(0, -1).reduce((sum, byte) => (sum + byte) & 0xff, 0);
  const spoilt = wire.spoil(answer, "badCrc");
  assert.notEqual(sumOf(spoilt ?? answer), spoilt?.at(-1));
  const foreign = wire.spoil(answer, "wrongUnit");
  assert.deepEqual([foreign?.[2], sumOf(foreign ?? answer)], [8, foreign?.at(-1)]);
});

test("arbitrary bytes never throw", () => {
  const wires = [
    wireOf(frames, level),
    wireOf({}, { a: { type: "INT", configData: { query: "A?", command: "A {value}" } } }),
  ];
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
      for (const wire of wires)
        ask(wire, new Values({ level: 1, a: 1 }), ...pieces.map((one) => Buffer.from(one)));
    }),
  );
});

const impossible: readonly (readonly [
  config: Record<string, unknown>,
  properties: Properties,
  key: string,
])[] = [
  [{ framing: "words" }, {}, "framing"],
  [{}, { a: { type: "INT", configData: { query: "A", pattern: "(?=a)" } } }, "pattern"],
  [
    {},
    { a: { type: "INT", configData: { command: "A{value}", acknowledge: "[" } } },
    "acknowledge",
  ],
];
for (const [config, properties, key] of impossible) {
  test(`${key} to which nothing can be said is refused by name`, () => {
    assert.throws(
      () => wireOf(config, properties),
      (error: { code?: string; details?: { key?: string } }) =>
        error.code === "invalid_input" && error.details?.key === key,
    );
  });
}
