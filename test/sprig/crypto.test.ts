import { describe, expect, it } from 'vitest';
import { createCipheriv } from 'node:crypto';
import { errorOf, render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Cryptographic functions', () => {
  it.each<[string, string, string]>([
    [
      'digests of bytes',
      '{{ list (sha1sum "\\xff") (sha256sum "\\xff") (adler32sum "\\xff") }}',
      '[85e53271e14006f0265921d02d4d736cdc580b0b a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89 16777472]',
    ],
    ['adler32sum of a long text', '{{ adler32sum (repeat 20000 "\\xff") }}', '2672940644'],
    [
      'derivePassword',
      '{{ list (derivePassword 1 "long" "password" "user" "example.com") (derivePassword 1 "none" "p" "u" "s") }}',
      '[ZedaFaxcZaso9* cannot find password template none]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  it('decryptAES reads what encryptAES of sprig writes', () => {
    const key = Buffer.alloc(32);
    key.write('password');
    const iv = Buffer.from('0123456789abcdef');
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    const encrypted = Buffer.concat([iv, cipher.update('plain ☃'), cipher.final()]).toString('base64');
    expect(render('{{ decryptAES "password" . }}', encrypted)).toBe('plain ☃');
  });

  it.each([
    ['no base64', '!!'],
    ['no whole block', 'AAAA'],
    ['nothing but an initialisation vector', 'AAAAAAAAAAAAAAAAAAAAAA=='],
  ])('decryptAES refuses %s', (_sentence, encrypted) => {
    expect(errorOf('{{ decryptAES "password" . }}', encrypted).code).toBe('function-failed');
  });

  it.each(['constructor', '__proto__', 'toString'])('%s is no type of password', (type) => {
    expect(render('{{ derivePassword 1 . "p" "u" "s" }}', type)).toBe(
      `cannot find password template ${type}`,
    );
  });

  it('a run has steps for one derived password', () => {
    const twice = '{{ derivePassword 1 "pin" "p" "u" "a" }}{{ derivePassword 1 "pin" "p" "u" "b" }}';
    expect(errorOf(twice).code).toBe('limit-steps');
  });
});
