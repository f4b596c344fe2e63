import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { render } from './render.ts';

// Expectations are Go's own answers (test/conformance/oracle).
describe('Encoding', () => {
  it.each<[string, string, string]>([
    ['b64enc takes bytes', '{{ b64enc "a\\xff☃" }}', 'Yf/imIM='],
    ['b64dec gives bytes', '{{ b64dec "Yf/imIM=" | printf "%q" }}', '"a\\xff☃"'],
    ['b64dec skips line breaks', '{{ b64dec "aGVs\\r\\nbG8=\\n" }}', 'hello'],
    [
      'b64dec tells where the text is wrong',
      '{{ list (b64dec "aGV?") (b64dec "aGVsbG8") (b64dec "aGVsbG8==") (b64dec "aGVsbG8=a") (b64dec "aG=a") (b64dec "====") }}',
      '[illegal base64 data at input byte 3 illegal base64 data at input byte 4 illegal base64 data at input byte 8 illegal base64 data at input byte 8 illegal base64 data at input byte 2 illegal base64 data at input byte 0]',
    ],
    ['b64dec takes no URL alphabet', '{{ b64dec "_-__" }}', 'illegal base64 data at input byte 0'],
    [
      'b32enc',
      '{{ list (b32enc "") (b32enc "f") (b32enc "fo") (b32enc "foo") (b32enc "foob") (b32enc "fooba") }}',
      '[ MY====== MZXQ==== MZXW6=== MZXW6YQ= MZXW6YTB]',
    ],
    [
      'b32dec',
      '{{ list (b32dec "MY======") (b32dec "MZXW6YTB") (b32dec "MZXW6\\nYTB") }}',
      '[f fooba fooba]',
    ],
    [
      'b32dec tells where the text is wrong',
      '{{ list (b32dec "my======") (b32dec "MY=====") (b32dec "MZXW6Y1B") (b32dec "M") (b32dec "MZX=====") }}',
      '[illegal base32 data at input byte 0 illegal base32 data at input byte 7 illegal base32 data at input byte 6 illegal base32 data at input byte 0 illegal base32 data at input byte 3]',
    ],
  ])('%s', (_sentence, template, output) => {
    expect(render(template)).toBe(output);
  });

  // Long texts are decoded in other ways than short ones.
  const some = <T>(arbitrary: fc.Arbitrary<T>, minLength: number, maxLength: number): fc.Arbitrary<T[]> =>
    fc.array(arbitrary, { minLength, maxLength });

  it.each([10, 100, 1_000, 60_000])('a mistake after %i groups is told where it is', (groups) => {
    const text = 'aGVs'.repeat(groups);
    const at = `illegal base64 data at input byte ${String(groups * 4)}`;
    expect(render('{{ b64dec .text }}', { text: `${text}_-__` })).toBe(at);
    expect(render('{{ b64dec .text }}', { text: `${text}aGV` })).toBe(at);
    expect(render('{{ b64dec .text }}', { text: `${text}aGVs\n` })).toBe('hel'.repeat(groups + 1));
  });

  it('decoding gives back any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      some(fc.constantFrom('\ufffd', 'é', '☃', '😀', 'plain text '), 40, 200).map((parts) => parts.join('')),
      some(fc.constantFrom('a', 'b'), 50, 400).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(render('{{ .text | b64enc | b64dec }}', { text })).toBe(text);
        expect(render('{{ .text | b32enc | b32dec }}', { text })).toBe(text);
      }),
    );
  });

  it('decoding gives back any bytes', () => {
    const anyBytes = fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 90, maxLength: 600 }));
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const encoded = Buffer.from(bytes).toString('base64');
        expect(render('{{ .encoded | b64dec | b64enc }}', { encoded })).toBe(encoded);
        expect(render('{{ .encoded | b64dec | b32enc | b32dec | b64enc }}', { encoded })).toBe(encoded);
      }),
    );
  });
});
