import { z } from "zod";
import { findWarnings } from "./warnings.ts";

const API_VERSION = "admission.k8s.io/v1";
/** Longer ones Kubernetes may cut short or leave out. */
const LONGEST_WARNING = 256;
const MOST_WARNINGS = 12;

const review = z.looseObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("AdmissionReview"),
  request: z.looseObject({
    uid: z.string(),
    operation: z.string(),
    object: z.unknown().optional(),
    oldObject: z.unknown().optional(),
    options: z.looseObject({ fieldManager: z.string().optional() }).nullish(),
  }),
});

/** An AdmissionReview that carries the answer. */
export interface AdmissionAnswer {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: true;
    readonly warnings?: readonly string[];
  };
}

/**
 * Answers an AdmissionReview (admission.k8s.io/v1) of a Device or DeviceModel. Nothing is ever
 * refused: what cannot be obeyed is warned of here and told in the Device's conditions, and a
 * manifest may well come before what it names.
 */
export function answerAdmission(body: unknown): AdmissionAnswer {
  const parsed = review.safeParse(body);
  if (!parsed.success) return answer(uidIn(body), []);
  const { uid, operation, object, oldObject, options } = parsed.data.request;
  const write = { operation, object, old: oldObject, fieldManager: options?.fieldManager ?? "" };
  return answer(uid, findWarnings(write));
}

function answer(uid: string, warnings: readonly string[]): AdmissionAnswer {
  const told = warnings.slice(0, MOST_WARNINGS).map(shortened);
  const response = { uid, allowed: true, ...(told.length > 0 && { warnings: told }) } as const;
  return { apiVersion: API_VERSION, kind: "AdmissionReview", response };
}

function shortened(text: string): string {
  const letters = [...text];
  if (letters.length <= LONGEST_WARNING) return text;
  return `${letters.slice(0, LONGEST_WARNING - 1).join("")}…`;
}

function uidIn(body: unknown): string {
  const request = (body as { request?: { uid?: unknown } } | null)?.request;
  return typeof request?.uid === "string" ? request.uid : "";
}
