import type { ClusterImportPolicy, KubeObject } from '../../src/api/index.ts';
import type { Finding } from '../../src/policy/index.ts';
import { formatFinding } from '../../src/policy/index.ts';
import { limitWarnings } from '../../webhook/admission.ts';
import { fleetDefinition } from './fleet.ts';
import type { PlatformName } from './platforms.ts';
import { definitionsOf } from './platforms.ts';

/** What there is besides the policy. */
export interface World {
  /** Objects of the platform, and what they refer to. */
  readonly objects?: readonly KubeObject[];
  /** Lifecycles by name, with the policy that controls each and the managed cluster that it follows. */
  readonly lifecycles?: readonly {
    readonly name: string;
    readonly policy: string;
    readonly source: string;
  }[];
  /** What the requester may not do. */
  readonly mayNot?: 'list' | 'get';
  /** The policy as it is stored: the request is an update of it. */
  readonly before?: ClusterImportPolicy;
  /** The request is a deletion of the policy. */
  readonly deletion?: true;
}

/** A policy that something is wrong with, and its twin, which differs in that alone, and must pass. */
export interface Verdict {
  readonly sentence: string;
  /** The platform of the catalogue that the policy is for. @default the made-up fleet */
  readonly platform?: PlatformName;
  /** Must be refused, or admitted with a warning. Absent where only the twin matters. */
  readonly broken?: ClusterImportPolicy;
  /** Everything that is found on it, errors first, as `severity code: text`. */
  readonly findings?: readonly string[];
  readonly twin: ClusterImportPolicy;
  /** What is found on the twin: warnings at most. @default none */
  readonly warnings?: readonly string[];
  readonly world?: World;
  /**
   * How a real API server differs: it drops unknown fields before the webhook sees them (`pruned`), and refuses by
   * itself, in its own words, what its schema forbids (`itself`).
   */
  readonly apiServer?: 'pruned' | 'itself';
  /** Files do not tell what else there is: a resource that no definition among them has is no finding. */
  readonly files?: 'unknown';
}

/** How a finding on what Clusterpedia could never use begins. */
export const NEVER_CONNECTS = 'renders a PediaCluster that Clusterpedia could never connect with: ';

/** The definitions of a verdict's platform. */
export const definitionsFor = ({ platform }: Pick<Verdict, 'platform'>): readonly object[] =>
  platform === undefined ? [fleetDefinition] : definitionsOf(platform);

/** `severity code: text` */
export const textOf = (finding: Finding): string =>
  `${finding.severity} ${finding.code}: ${formatFinding(finding)}`;

export const isError = (finding: string): boolean => finding.startsWith('error ');

/**
 * The findings as they come to whoever applies the policy, who is told no codes: the place in a template stands behind the
 * field, and of warnings there are few, in brief.
 */
export function passedOn(findings: readonly string[]): readonly string[] {
  const of = (severity: string) =>
    findings.flatMap((text) => new RegExp(`^${severity} \\S+: (.*)$`, 's').exec(text)?.slice(1) ?? []);
  return [
    ...of('error').map((text) => `error: ${text.replace(/^(\S+) (\d+:\d+: )/, '$1: $2')}`),
    ...limitWarnings(of('warning')).map((text) => `warning: ${text}`),
  ];
}

/** The status of a refusal, as an API server has it. */
export interface Refusal {
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

/** What an answer says, in the words of {@link passedOn}. */
export function saidBy(refusal: Refusal | undefined, warnings: readonly string[]): readonly string[] {
  const causes = refusal?.details?.causes ?? [];
  const errors = causes.map(({ field = '', message = '' }) => `${field}: ${message}`);
  // An API server passes on the message of a refused deletion alone, behind the name of the webhook.
  const [, message = ''] = /(?:^.* denied the request: |^)([^]*)$/.exec(refusal?.message ?? '') ?? [];
  const all = refusal === undefined || errors.length > 0 ? errors : [message];
  return [...all.map((text) => `error: ${text}`), ...warnings.map((text) => `warning: ${text}`)];
}
