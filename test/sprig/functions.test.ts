import { describe, expect, it } from 'vitest';
import { allFunctions } from '../../src/sprig/index.ts';
import { TemplateError } from '../../src/template/index.ts';
import { intValue } from '../../src/template/types.ts';
import { errorOf, fragments, render } from './render.ts';

// The names of sprig v3.2.3 (functions.go), Helm's four, and two of this project: fromKubeconfig, toKubeconfig.
const NAMES = `
abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base
bcrypt biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains date
dateInZone dateModify date_in_zone date_modify decryptAES deepCopy deepEqual default derivePassword dict
dig dir div divf duration durationRound empty encryptAES env expandenv ext fail first float64 floor
fromJson fromKubeconfig fromYaml genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey
genSignedCert genSignedCertWithKey get getHostByName has hasKey hasPrefix hasSuffix hello htmlDate
htmlDateInZone htpasswd indent initial initials int int64 isAbs join kebabcase keys kindIs kindOf last
list lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact
mustDateModify mustDeepCopy mustFirst mustFromJson mustFromYaml mustHas mustInitial mustLast mustMerge
mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll
mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToDate mustToJson
mustToPrettyJson mustToRawJson mustToYaml mustUniq mustWithout must_date_modify nindent nospace now omit
osBase osClean osDir osExt osIsAbs pick pluck plural prepend push quote randAlpha randAlphaNum randAscii
randBytes randInt randNumeric regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll
regexReplaceAllLiteral regexSplit repeat replace rest reverse round semver semverCompare seq set sha1sum
sha256sum sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary
title toDate toDecimal toJson toKubeconfig toPrettyJson toRawJson toString toStrings toYaml trim trimAll trimPrefix
trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper
urlJoin urlParse uuidv4 values without wrap wrapWith
`;

const removed = [
  'env',
  'expandenv',
  'getHostByName',
  'bcrypt',
  'htpasswd',
  'encryptAES',
  'buildCustomCert',
  'genPrivateKey',
  'genCA',
  'genCAWithKey',
  'genSelfSignedCert',
  'genSelfSignedCertWithKey',
  'genSignedCert',
  'genSignedCertWithKey',
];

describe('The table of functions', () => {
  it('has every function of sprig and the YAML functions of Helm, and two for kubeconfigs', () => {
    expect([...allFunctions.keys()].sort()).toEqual(NAMES.trim().split(/\s+/).sort());
  });

  it('has those that are not to be had, with a reason', () => {
    const refused = [...allFunctions].filter(([, entry]) => 'removed' in entry).map(([name]) => name);
    expect(refused.sort()).toEqual([...removed].sort());
  });

  it.each(removed)('%s is refused when a template is compiled', (name) => {
    expect(errorOf(`{{ if false }}{{ ${name} "x" }}{{ end }}`)).toMatchObject({
      code: 'removed-function',
      stage: 'parse',
    });
  });

  it('says which functions read the clock or draw random numbers', () => {
    const nondeterministic = [...allFunctions].flatMap(([name, entry]) =>
      'call' in entry && entry.nondeterministic !== undefined ? [[name, entry.nondeterministic]] : [],
    );
    expect(Object.fromEntries(nondeterministic)).toEqual({
      ago: 'clock',
      date: 'clock',
      dateInZone: 'clock',
      date_in_zone: 'clock',
      durationRound: 'clock',
      htmlDate: 'clock',
      htmlDateInZone: 'clock',
      now: 'clock',
      randAlpha: 'randomness',
      randAlphaNum: 'randomness',
      randAscii: 'randomness',
      randBytes: 'randomness',
      randInt: 'randomness',
      randNumeric: 'randomness',
      shuffle: 'randomness',
      uuidv4: 'randomness',
    });
  });

  it('says which functions change a map that they are given', () => {
    const mutating = [...allFunctions].filter(([, entry]) => 'call' in entry && entry.mutates === true);
    expect(mutating.map(([name]) => name).sort()).toEqual(
      ['merge', 'mergeOverwrite', 'mustMerge', 'mustMergeOverwrite', 'set', 'unset'].sort(),
    );
  });

  // A template is run to fragments by way of lists of arguments, to text without where that can be.
  it.each(
    [...allFunctions].flatMap(([name, entry]) => ('call' in entry && (entry.one ?? entry.two) ? [name] : [])),
  )('%s gives the same with and without a list of its arguments', (name) => {
    const argument: Record<string, string> = { int: '.number', 'map[string]any': '.map', any: '.any' };
    const entry = allFunctions.get(name);
    if (entry === undefined || 'removed' in entry) throw new Error(`${name} is not to be had`);
    const count = entry.one ? 1 : 2;
    const types = Array.from({ length: count }, (_, i) => entry.params[i] ?? entry.variadic ?? 'any');
    const call = `{{ ${name} ${types.map((type) => argument[type] ?? '.text').join(' ')} | printf "%T %v" }}`;
    for (const text of ['', 'eHk=', ' Straße ', 'tls.crt']) {
      const data = { text, number: intValue(text.length), map: { eHk: 1, [text]: text }, any: text };
      const parts = outcomeOf(() =>
        fragments(call, data)
          .map((fragment) => (fragment.kind === 'text' ? fragment.text : fragment.value))
          .join(''),
      );
      expect(parts).toBe(outcomeOf(() => render(call, data)));
    }
  });
});

/** What is rendered, or the message of the error. */
function outcomeOf(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}
