import {
  type Admission,
  type AdmissionAsked,
  isJsonObject,
  type KubeObject,
} from "../objects/index.ts";
import { MASTERS_GROUP } from "../resources/index.ts";
import { forbidden } from "../status/index.ts";
import { readCertificateRequest } from "./certificate-request.ts";
import { REQUESTS } from "./signing-controller.ts";

/** Writes into a request who sends it, and refuses those that would make a master of anybody. */
export class RequestAdmission implements Admission {
  mutate(asked: AdmissionAsked): Promise<KubeObject | undefined> {
    const { object, resource, operation, user } = asked;
    if (resource.storage !== REQUESTS || operation !== "CREATE" || !object) {
      return Promise.resolve(object);
    }
    const { uid, extra } = user;
    const spec = {
      ...(isJsonObject(object.spec) ? object.spec : {}),
      username: user.name,
      groups: [...user.groups],
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
    };
    return Promise.resolve({ ...object, spec });
  }

  async validate({ object, resource, operation, name }: AdmissionAsked): Promise<void> {
    if (resource.storage !== REQUESTS || operation !== "CREATE" || !isJsonObject(object?.spec))
      return;
    const { signerName, request } = object.spec;
    if (signerName !== "kubernetes.io/kube-apiserver-client") return;
    const text = Buffer.from(String(request), "base64").toString("utf8");
    if (!readCertificateRequest(text).organizations.includes(MASTERS_GROUP)) return;
    const why = `use of ${signerName} signer with ${MASTERS_GROUP} group is not allowed`;
    throw forbidden(resource, name, why);
  }
}
