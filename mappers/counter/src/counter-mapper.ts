import { MapperkitError } from "@mapperkit/api";
import { defineMapper, openLine } from "@mapperkit/sdk";
import { z } from "zod";

/**
 * KubeEdge's counter: the desired value goes down as a command (ON, OFF), the count comes up as the
 * reported value of the same property. The counter's OK is the proof of a write.
 */
export const counterMapper = defineMapper({
  protocol: "counter",
  claims: { model: "counter-model" },
  config: z.object({
    host: z.string().default("127.0.0.1"),
    port: z.coerce.number().default(9500),
  }),

  connect: (ctx) => openLine(ctx, { eol: "\n" }),
  close: (line) => line.close(),

  async read(line, { signal }) {
    const count = await line.ask("VALUE?", signal);
    if (/^\d+$/.test(count)) return count;
    throw new MapperkitError("invalid_input", `counter answered "${count}", expected a count`, {
      details: { reason: "protocolError" },
    });
  },

  async write(line, { value, signal }) {
    const answer = await line.ask(String(value), signal);
    if (answer === "OK") return;
    throw new MapperkitError("rejected", `counter answered "${answer}" to "${value}"`);
  },
});
