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

/** sprig's chapter "Semantic Version Functions". */
export const semver: Chapter = {
  semver: ofString((text) => new Version(versionArgument(text))),
  semverCompare: fixed(['string', 'string'], ([constraint, version], context) =>
    satisfies(versionArgument(version as string), parseConstraints(constraint as string, context)),
  ),
};
