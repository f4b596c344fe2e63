/** The kinds of objects that events are about. */
export type EventSubjectKind = 'ClusterImportPolicy' | 'PediaClusterLifecycle';

/** The action of the controller that an event belongs to. */
export type EventAction = 'Compile' | 'HoldDeletion' | 'Import' | 'Review';

/** An event that reports a reason. */
export interface EventEntry {
  readonly regarding: EventSubjectKind;
  /** Another object on which the event is reported too. */
  readonly andTo?: string;
  readonly action: EventAction;
  readonly when: string;
}

/** A reason as `docs/conditions.md` explains it. */
export interface ReasonEntry {
  /** The kinds whose conditions use it; empty if only events and `render` do. */
  readonly on: readonly ('policy' | 'lifecycle')[];
  readonly meaning: string;
  /** What to do about it; `''` if nothing has to be done. */
  readonly remedy: string;
  /** Whether a policy that is not ready for this reason waits for somebody to do something. */
  readonly stalls?: true;
  /** The events that report it. A reason that counts as a failure has at least one. */
  readonly events?: readonly [EventEntry, ...EventEntry[]];
}

const onImport = (regarding: EventSubjectKind, when: string, andTo?: string): EventEntry => ({
  regarding,
  action: 'Import',
  when,
  ...(andTo === undefined ? {} : { andTo }),
});

/** The API server's own words for a refused write. */
const refused = {
  on: ['lifecycle'],
  remedy: 'the message has the fields; look for other admission webhooks',
  events: [
    onImport('ClusterImportPolicy', 'a lifecycle cannot be written'),
    onImport('PediaClusterLifecycle', 'the API server refuses to write the PediaCluster'),
  ],
} as const;

/** Every reason of a condition or an event. A reason that is not here cannot be given. */
export const REASONS = {
  Valid: { on: ['policy'], meaning: 'the templates compile, and fit their CRDs', remedy: '' },
  Settled: { on: ['policy'], meaning: 'nothing is left to do', remedy: '' },
  UpToDate: { on: ['lifecycle'], meaning: 'the PediaCluster is as rendered', remedy: '' },
  Created: { on: ['lifecycle'], meaning: 'this lifecycle created the PediaCluster', remedy: '' },
  Existing: {
    on: ['lifecycle'],
    meaning: 'the PediaCluster existed before, and was adopted: it is kept up to date and never deleted',
    remedy: 'to hand it over, delete it: it is created again at once',
  },
  NotAdopted: {
    on: ['lifecycle'],
    meaning: 'a PediaCluster of this name existed before and belongs to no lifecycle: it is left alone',
    remedy:
      'annotate it with `policy.clusterpedia.io/adopt-by: <policy>`, rename the cluster, or set `spec.adoption: Always`',
    events: [onImport('PediaClusterLifecycle', 'somebody else made a PediaCluster of this name')],
  },
  CredentialMissing: {
    on: ['lifecycle'],
    meaning:
      'what is rendered lacks the credential, the endpoint or the CA that the PediaCluster has: it stays as it is',
    remedy:
      'see to the key of the Secret; where it is meant, delete the PediaCluster: it is created again at once',
    events: [onImport('PediaClusterLifecycle', 'a credential disappears after the PediaCluster was created')],
  },
  CredentialNotSelfContained: {
    on: ['lifecycle'],
    meaning:
      'the kubeconfig asks Clusterpedia to run a program, to ask a plugin, or to read a file; it is not written',
    remedy:
      'use a kubeconfig with its credentials inline, or allow the command in `controller.allowedExecCommands`',
    events: [onImport('PediaClusterLifecycle', 'a kubeconfig does not stand alone')],
  },
  CredentialInvalid: {
    on: ['lifecycle'],
    meaning: 'what is rendered as a kubeconfig cannot be read; it is not written',
    remedy: 'look at the Secret that it comes from',
    events: [onImport('PediaClusterLifecycle', 'a kubeconfig cannot be read')],
  },
  SourceDeleting: {
    on: ['lifecycle'],
    meaning: 'the source is being deleted, so nothing new is made of it',
    remedy: '',
  },
  Reachable: { on: ['lifecycle'], meaning: 'Clusterpedia says that it reaches the cluster', remedy: '' },
  Unreachable: {
    on: ['lifecycle'],
    meaning: 'Clusterpedia says that it does not reach the cluster',
    remedy: '`kubectl describe pediacluster` has its reason',
  },
  NotReported: {
    on: ['lifecycle'],
    meaning: 'Clusterpedia has not said yet whether it reaches the cluster, or does not run',
    remedy: "wait; look at Clusterpedia's processes",
  },
  Progressing: { on: ['policy'], meaning: 'sources are being worked on', remedy: 'wait' },
  ListingSources: {
    on: ['policy'],
    meaning: 'the sources are being read for the first time',
    remedy: 'wait',
  },
  Deleting: {
    on: ['policy'],
    meaning: 'the policy is being deleted, and waits for its lifecycles',
    remedy: 'wait; look at lifecycles that stay',
  },
  Terminating: {
    on: ['lifecycle'],
    meaning: "the PediaCluster is being deleted, and something else's finalizer holds it",
    remedy: 'wait for Clusterpedia to let it go',
  },
  Retrying: {
    on: ['lifecycle'],
    meaning: 'a write failed and is tried again, later each time',
    remedy: 'see `APIError`',
  },
  CreationConditionNotMet: {
    on: ['lifecycle'],
    meaning: '`creationCondition` does not hold yet',
    remedy: "look at the source's status",
  },
  DeletionConditionMet: { on: ['lifecycle'], meaning: '`deletionCondition` holds', remedy: '' },
  Suspended: { on: ['policy', 'lifecycle'], meaning: '`spec.suspend` is true', remedy: 'set it to false' },
  ReferenceNotFound: {
    on: ['lifecycle'],
    meaning: 'the Secret, or another reference, does not exist. A PediaCluster that exists stays as it is',
    remedy: "wait for the platform, or mend the reference's templates",
    events: [onImport('PediaClusterLifecycle', 'a reference disappears after the PediaCluster was created')],
  },
  ReferenceForbidden: {
    on: ['lifecycle'],
    meaning: "the controller may not list and watch the reference's resource",
    remedy: "apply the platform's `rbac.yaml`; in `namespaced-references`, bind the namespace",
    events: [onImport('PediaClusterLifecycle', 'a reference may not be read')],
  },
  ReferenceKindNotFound: {
    on: ['policy', 'lifecycle'],
    meaning: "the reference's resource is not served",
    remedy: 'install what serves it, or mend `spec.references`',
    events: [onImport('PediaClusterLifecycle', 'the kind of a reference is not served any more')],
  },
  NamespaceMissing: {
    on: ['lifecycle'],
    meaning: 'a reference to a namespaced resource renders no namespace',
    remedy: 'set its `namespaceTemplate`',
    events: [onImport('PediaClusterLifecycle', 'a reference renders no namespace')],
  },
  NamespaceNotAllowed: {
    on: ['lifecycle'],
    meaning: 'a reference leads outside its `allowedNamespaces`',
    remedy: 'find out who edited the source',
    events: [onImport('PediaClusterLifecycle', 'a reference leads outside its `allowedNamespaces`')],
  },
  InvalidTemplate: {
    on: ['policy', 'lifecycle'],
    meaning: 'a template does not compile; what was made before stays',
    remedy: 'mend the policy; the webhook would have refused it',
    stalls: true,
    events: [
      {
        regarding: 'ClusterImportPolicy',
        action: 'Compile',
        when: 'a policy that the API server keeps does not compile',
      },
      onImport('PediaClusterLifecycle', 'a lifecycle that somebody edited does not compile'),
    ],
  },
  SchemaChanged: {
    on: ['policy'],
    meaning:
      'a CRD has changed, and the templates do not fit it any more: nothing new is imported or deleted, what was made before is followed',
    remedy: 'mend the policy, or the CRD; the message has the place',
    stalls: true,
    events: [
      {
        regarding: 'ClusterImportPolicy',
        action: 'Review',
        when: 'a CRD changes so that admission would refuse the policy',
      },
    ],
  },
  RenderFailed: {
    on: ['lifecycle'],
    meaning: 'a template fails for this source; what it made before stays',
    remedy: 'the message has the place',
    events: [
      onImport('ClusterImportPolicy', 'selector or name of a source does not render'),
      onImport('PediaClusterLifecycle', 'a template fails for the source'),
    ],
  },
  NameCollision: {
    on: [],
    meaning:
      'another source has the name, or is older. Counted in `failed` of the policy, and told by events',
    remedy: 'make `nameTemplate` unique',
    events: [
      onImport(
        'ClusterImportPolicy',
        'a source renders a name that another one has',
        'the lifecycle of that name',
      ),
    ],
  },
  Conflict: {
    on: ['lifecycle'],
    meaning: 'the PediaCluster belongs to another lifecycle',
    remedy: 'delete or rename one of them',
    events: [
      onImport(
        'PediaClusterLifecycle',
        'the PediaCluster belongs to another lifecycle',
        'the one that owns it',
      ),
    ],
  },
  Failed: {
    on: ['policy'],
    meaning: 'some sources of the policy failed; the message has one of them',
    remedy: '`kubectl get pediaclusterlifecycle`',
    stalls: true,
  },
  NoSources: { on: [], meaning: 'there is no source among what `render` was given', remedy: 'give it one' },
  SourceKindNotFound: {
    on: ['policy'],
    meaning: 'the source kind is not served (yet, or any more); nothing is deleted because of it',
    remedy: 'install the platform, or mend `spec.source`',
  },
  SourcesForbidden: {
    on: ['policy'],
    meaning: 'the controller may not list and watch the sources',
    remedy: "apply the platform's `rbac.yaml`",
    stalls: true,
  },
  SourcesNotListed: {
    on: ['policy'],
    meaning: 'the API server does not answer when the sources are listed',
    remedy: 'the message has its words',
  },
  PediaClusterKindNotFound: {
    on: ['policy'],
    meaning: 'PediaCluster is not served',
    remedy: 'install Clusterpedia, or the component `pediacluster-crd`',
  },
  PediaClustersForbidden: {
    on: ['policy'],
    meaning: 'the controller may not list and watch PediaClusters',
    remedy: "apply the project's `rbac.yaml` again",
    stalls: true,
  },
  DeletionProtected: {
    on: [],
    meaning: '`render --prune`: the policy is in no file, and an annotation keeps it from being deleted',
    remedy: 'take the annotation off, or put the policy into the files',
  },
  DeletionHeld: {
    on: ['policy'],
    meaning: "one change would delete more than 10 and more than half of a policy's PediaClusters",
    remedy: 'see [operating](operating.md#held-deletions)',
    stalls: true,
    events: [
      {
        regarding: 'ClusterImportPolicy',
        action: 'HoldDeletion',
        when: 'deletions are held, or their count changes',
      },
    ],
  },
  APIError: {
    on: ['lifecycle'],
    meaning: 'the API server did not take a write several times in a row',
    remedy: "look at the API server, and at the controller's log",
    events: [onImport('PediaClusterLifecycle', 'writing fails several times in a row')],
  },
  Forbidden: {
    ...refused,
    meaning: 'the API server does not allow a write: a right is missing, or a quota is used up',
  },
  Invalid: {
    ...refused,
    meaning: 'the API server refuses a write, for a field has a value that it does not take',
  },
  Refused: { ...refused, meaning: 'the API server refuses a write for another reason' },
} as const satisfies { readonly [reason: string]: ReasonEntry };

/** CamelCase. */
export type Reason = keyof typeof REASONS;

/** Whether a policy with this reason waits for somebody to do something. */
export const isStalling = (reason: Reason): boolean => 'stalls' in REASONS[reason];

/** What to do about a reason, as plain text: {@link ReasonEntry.remedy} without Markdown. */
export function remedyOf(reason: Reason): string {
  return REASONS[reason].remedy.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, 'docs/$1.md').replaceAll('`', '');
}

/** The reasons that events report. */
export type ReportedReason = {
  [R in Reason]: (typeof REASONS)[R] extends { readonly events: unknown } ? R : never;
}[Reason];
