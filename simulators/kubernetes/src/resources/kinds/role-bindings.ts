import { isJsonObject, type KubeObject, sameJson } from "../../objects/kube-object.ts";
import { type FieldError, requiredField } from "../../status/index.ts";
import type { Strategy } from "../served-resource.ts";

/** A binding is for one role for ever: who wants another one makes another binding. */
export const roleBindingStrategy: Partial<Strategy> = {
  nameRule: "path",
  validate: (object, old) => {
    const faults = roleRefFaults(object);
    return faults.length > 0 || old === undefined ? faults : changeFaults(object, old);
  },
};

function roleRefFaults({ roleRef }: KubeObject): FieldError[] {
  const { name } = isJsonObject(roleRef) ? roleRef : {};
  return name ? [] : [requiredField("roleRef.name")];
}

function changeFaults({ roleRef }: KubeObject, old: KubeObject): FieldError[] {
  if (sameJson(roleRef, old.roleRef) || !isJsonObject(roleRef)) return [];
  const { apiGroup = "", kind = "", name = "" } = roleRef;
  const [group, what, which] = [apiGroup, kind, name].map((text) => JSON.stringify(text));
  const value = `rbac.RoleRef{APIGroup:${group}, Kind:${what}, Name:${which}}`;
  const message = `Invalid value: ${value}: cannot change roleRef`;
  return [{ type: "FieldValueInvalid", field: "roleRef", message }];
}
