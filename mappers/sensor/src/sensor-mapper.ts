import { MapperkitError } from "@mapperkit/api";
import { defineMapper, openLine } from "@mapperkit/sdk";
import { z } from "zod";

/** A sensor that speaks in lines over TCP: each property names its query, and its command if it has one. */
export const sensorMapper = defineMapper({
  protocol: "sensor",
  config: z.object({
    host: z.string().default("127.0.0.1"),
    port: z.coerce.number().default(9600),
  }),
  visitor: z.object({ query: z.string(), command: z.string().optional() }),

  connect: (ctx) => openLine(ctx, { eol: "\n" }),
  close: (line) => line.close(),

  async read(line, { visitor, signal }) {
    const answer = await line.ask(visitor.query, signal);
    if (!answer.startsWith("ERR")) return answer;
    throw new MapperkitError("rejected", `sensor answered "${answer}" to ${visitor.query}`, {
      details: { reason: "illegalAddress" },
    });
  },

  async write(line, { property, visitor, value, signal }) {
    if (!visitor.command) throw new MapperkitError("unsupported", `${property} has no command`);
    const answer = await line.ask(`${visitor.command} ${value}`, signal);
    if (answer !== "OK") throw new MapperkitError("rejected", `sensor answered "${answer}"`);
  },
});
