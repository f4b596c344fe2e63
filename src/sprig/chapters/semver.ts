import { test } from '../../template/inverse.ts';
import { aBoolean, always } from '../../template/results.ts';
import { named } from '../../template/typing/type.ts';
import { failure, fixed, ofString } from '../define.ts';
import type { Chapter } from '../define.ts';
import { parseConstraints, satisfies } from '../versions/constraint.ts';
import { parseVersion, Version } from '../versions/version.ts';
import type { VersionParts } from '../versions/version.ts';

function versionArgument(text: string): VersionParts {
  const version = parseVersion(text);
  if (!version) throw failure('Invalid Semantic Version');
  return version;
}

const isVersion = test((holds, [constraint]) =>
  typeof constraint?.value === 'string'
    ? [[[1, { want: 'version', constraint: constraint.value, holds }]]]
    : [],
);

/** sprig's chapter "Semantic Version Functions". */
export const semver: Chapter = {
  semver: ofString((text) => new Version(versionArgument(text)), {
    result: always(named('*semver.Version')),
    example: '"v1.2.3"',
  }),
  semverCompare: fixed(
    ['string', 'string'],
    ([constraint, version], context) =>
      satisfies(versionArgument(version as string), parseConstraints(constraint as string, context)),
    { result: aBoolean, inverse: isVersion, example: '">=1.24" "v1.25.3"' },
  ),
};
