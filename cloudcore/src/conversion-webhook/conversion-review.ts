import { MapperkitError } from "@mapperkit/api";
import { convertDevice, convertDeviceModel } from "@mapperkit/api/conversion";
import { z } from "zod";

const review = z.looseObject({
  apiVersion: z.literal("apiextensions.k8s.io/v1"),
  kind: z.literal("ConversionReview"),
  request: z.looseObject({
    uid: z.string(),
    desiredAPIVersion: z.string(),
    objects: z.array(z.unknown()),
  }),
});

/** A ConversionReview that carries the answer. */
export interface ConversionAnswer {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "ConversionReview";
  readonly response: {
    readonly uid: string;
    readonly convertedObjects?: readonly unknown[];
    readonly result: { readonly status: "Success" | "Failure"; readonly message?: string };
  };
}

const CONVERTERS: Readonly<Record<string, (object: unknown, to: string) => unknown>> = {
  Device: convertDevice,
  DeviceModel: convertDeviceModel,
};
const VERSIONS: ReadonlySet<string> = new Set([
  "devices.kubeedge.io/v1alpha2",
  "devices.kubeedge.io/v1beta1",
]);

/** Answers a ConversionReview (apiextensions.k8s.io/v1). What cannot be converted is a Failure that says why. */
export function answerReview(body: unknown): ConversionAnswer {
  const parsed = review.safeParse(body);
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error);
    return failure(uidIn(body), `not a ConversionReview of apiextensions.k8s.io/v1: ${why}`);
  }
  const { uid, desiredAPIVersion, objects } = parsed.data.request;
  try {
    return answer(uid, {
      convertedObjects: objects.map((object) => convert(object, desiredAPIVersion)),
      result: { status: "Success" },
    });
  } catch (error) {
    return failure(uid, error instanceof Error ? error.message : String(error));
  }
}

/** The answer to a body that is no JSON. */
export function unreadableReview(why: string): ConversionAnswer {
  return failure("", `the body cannot be read: ${why}`);
}

function convert(object: unknown, desiredApiVersion: string): unknown {
  if (!VERSIONS.has(desiredApiVersion)) {
    throw new MapperkitError(
      "invalid_input",
      `request.desiredAPIVersion is ${JSON.stringify(desiredApiVersion)}, expected one of ${[...VERSIONS].join(", ")}`,
    );
  }
  const kind = typeof object === "object" && object !== null && "kind" in object ? object.kind : "";
  const converter = CONVERTERS[String(kind)];
  if (!converter) {
    throw new MapperkitError(
      "invalid_input",
      `request.objects holds kind ${JSON.stringify(kind)}, expected Device or DeviceModel`,
    );
  }
  return converter(object, desiredApiVersion);
}

function uidIn(body: unknown): string {
  const request = (body as { request?: { uid?: unknown } } | null)?.request;
  return typeof request?.uid === "string" ? request.uid : "";
}

function failure(uid: string, message: string): ConversionAnswer {
  return answer(uid, { result: { status: "Failure", message } });
}

function answer(uid: string, rest: Omit<ConversionAnswer["response"], "uid">): ConversionAnswer {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    response: { uid, ...rest },
  };
}
