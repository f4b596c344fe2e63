import { aString } from '../../template/results.ts';
import { hashed, scanned } from '../cost.ts';
import { Buffer } from 'node:buffer';
import { createDecipheriv, createHash, createHmac, scryptSync } from 'node:crypto';
import type { CallContext, RemovedFunction } from '../../template/function.ts';
import { fromBytes, toBytes } from '../../template/text.ts';
import { chargeText, failure, fixed, ofString } from '../define.ts';
import type { Chapter, Traits } from '../define.ts';
import { base64Bytes, CorruptInputError } from './encoding.ts';
import { integerArgument } from '../number.ts';

function hexDigest(algorithm: 'sha1' | 'sha256' | 'sha512', traits: Traits): Chapter[string] {
  return ofString((text) => createHash(algorithm).update(toBytes(text)).digest('hex'), {
    result: aString,
    cost: hashed,
    ...traits,
  });
}

// Longest run of bytes whose sums still fit a safe integer without taking the remainder.
const ADLER_RUN = 4096;

/** RFC 1950, section 8.2. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    for (const byte of bytes.subarray(start, start + ADLER_RUN)) {
      a += byte;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return b * 65_536 + a;
}

const BLOCK_SIZE = 16;

/** AES-256 in CBC mode, as sprig's `encryptAES` writes it: base64 of the initialisation vector and the padded text. */
function decryptAes(password: string, encrypted: string, context: CallContext): string {
  if (encrypted === '') return '';
  chargeText(context, encrypted.length * 8);
  const bytes = encryptedBytes(encrypted);
  if (bytes.length < 2 * BLOCK_SIZE || bytes.length % BLOCK_SIZE !== 0)
    throw failure('the encrypted text is not a whole number of blocks');
  const key = Buffer.alloc(32);
  toBytes(password).copy(key);
  const decipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, BLOCK_SIZE)).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(bytes.subarray(BLOCK_SIZE)), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  if (padding > padded.length) throw failure('the encrypted text has wrong padding: is it another password?');
  return fromBytes(padded.subarray(0, padded.length - padding));
}

function encryptedBytes(encrypted: string): Buffer {
  try {
    return base64Bytes(encrypted);
  } catch (error) {
    if (error instanceof CorruptInputError) throw failure(error.message);
    throw error;
  }
}

/** Patterns by password type. Each letter stands for the characters that may be used in its place. */
const passwordPatterns: ReadonlyMap<string, string> = new Map(
  Object.entries({
    maximum: 'anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno',
    long:
      'CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv ' +
      'CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv ' +
      'CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno',
    medium: 'CvcnoCvc CvcCvcno',
    short: 'Cvcn',
    basic: 'aaanaaan aannaaan aaannaaa',
    pin: 'nnnn',
  }),
);

const LETTERS = 'AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
const passwordCharacters: Readonly<Record<string, string>> = {
  V: 'AEIOU',
  C: 'BCDFGHJKLMNPQRSTVWXYZ',
  v: 'aeiou',
  c: 'bcdfghjklmnpqrstvwxyz',
  A: 'AEIOUBCDFGHJKLMNPQRSTVWXYZ',
  a: LETTERS,
  n: '0123456789',
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${LETTERS}0123456789!@#$%^&*()`,
};

const passwordSeed = Buffer.from('com.lyndir.masterpassword');

/** A quarter of a second and 32 MiB: being costly is the algorithm's purpose. A run has steps for one call. */
const scrypt = { N: 32_768, r: 8, p: 2, maxmem: 64 * 1024 * 1024 };
const SCRYPT_STEPS = 300_000;

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** The Master Password algorithm in sprig's version: the same arguments always give the same password. */
function derivePassword(
  counter: number,
  type: string,
  [password, user, site]: readonly [Buffer, Buffer, Buffer],
  context: CallContext,
): string {
  const patterns = passwordPatterns.get(type)?.split(' ');
  if (!patterns) return `cannot find password template ${type}`;
  context.charge(SCRYPT_STEPS);
  const salt = Buffer.concat([passwordSeed, uint32(user.length), user]);
  const key = scryptSync(password, salt, 64, scrypt);
  const message = Buffer.concat([passwordSeed, uint32(site.length), site, uint32(counter)]);
  const seed = createHmac('sha256', key).update(message).digest();
  const pattern = patterns[(seed[0] ?? 0) % patterns.length] ?? '';
  return Array.from(pattern, (letter, i) => {
    const choices = passwordCharacters[letter] ?? '';
    return choices.charAt((seed[i + 1] ?? 0) % choices.length);
  }).join('');
}

const makesKeys: RemovedFunction = {
  removed: 'it makes a new key or certificate on every rendering: create it once and refer to it',
};
const hashesPasswords: RemovedFunction = {
  removed: 'it makes a new password hash on every rendering: create it once and refer to it',
};

/** sprig's chapter "Cryptographic and Security Functions". Random bytes are with the other random functions. */
export const crypto: Chapter = {
  sha1sum: hexDigest('sha1', { example: '"a"' }),
  sha256sum: hexDigest('sha256', { example: '"a"' }),
  sha512sum: hexDigest('sha512', { example: '"a"' }),
  adler32sum: ofString((text) => String(adler32(toBytes(text))), {
    result: aString,
    cost: scanned,
    example: '"a"',
  }),
  decryptAES: fixed(
    ['string', 'string'],
    ([password, encrypted], context) => decryptAes(password as string, encrypted as string, context),
    { result: aString, example: '"secretkey" "30tEfhuJSVRhpG97XCuWgz2okj7L8vQ1s6V9zVUPeDQ="' },
  ),
  derivePassword: fixed(
    ['uint32', 'string', 'string', 'string', 'string'],
    (args, context) => {
      const [counter, type, ...texts] = args;
      const [password = '', user = '', site = ''] = texts as string[];
      return derivePassword(
        Number(integerArgument(counter)),
        type as string,
        [toBytes(password), toBytes(user), toBytes(site)],
        context,
      );
    },
    { result: aString, example: '1 "pin" "password" "user" "example.com"' },
  ),
  encryptAES: { removed: 'it encrypts differently on every rendering: encrypt once and keep the result' },
  bcrypt: hashesPasswords,
  htpasswd: hashesPasswords,
  genPrivateKey: makesKeys,
  genCA: makesKeys,
  genCAWithKey: makesKeys,
  genSelfSignedCert: makesKeys,
  genSelfSignedCertWithKey: makesKeys,
  genSignedCert: makesKeys,
  genSignedCertWithKey: makesKeys,
  buildCustomCert: { removed: 'templates do not handle private keys: refer to the Secret that holds them' },
};
