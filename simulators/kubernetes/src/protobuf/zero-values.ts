/**
 * Go writes every plain scalar, zero or not, and JSON then leaves it out. A zero behind a pointer
 * was written on purpose and stays; the bytes do not tell which is which, so these are listed.
 */
const POINTERS = new Set(
  `activeDeadlineSeconds allocateLoadBalancerNodePorts allowPrivilegeEscalation allows
   automountServiceAccountToken blockOwnerDeletion controller defaultMode deletionGracePeriodSeconds
   enableServiceLinks expirationSeconds fsGroup gracePeriodSeconds hostUsers immutable
   leaseDurationSeconds leaseTransitions maxItems maxLength maxProperties maximum minItems minLength
   minProperties minimum mode multipleOf optional optionalOldSelf orphanDependents priority privileged
   progressDeadlineSeconds readOnlyRootFilesystem ready replicas restartCount revisionHistoryLimit
   runAsGroup runAsNonRoot runAsUser setHostnameAsFQDN shareProcessNamespace storageClassName
   terminationGracePeriodSeconds tolerationSeconds x-kubernetes-preserve-unknown-fields
   allowed served storage`.split(/\s+/),
);

/** Structures that Go holds by value: empty ones were never written by anyone. */
const VALUES = new Set(
  `status resources strategy updateStrategy source spec nodeInfo daemonEndpoints kubeletEndpoint
   loadBalancer state lastState acceptedNames`.split(/\s+/),
);

export function isKeptWhenZero(field: string): boolean {
  return POINTERS.has(field);
}

export function isDroppedWhenEmpty(field: string): boolean {
  return VALUES.has(field);
}
