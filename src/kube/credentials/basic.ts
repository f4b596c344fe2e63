import type { CredentialKind } from './kind.ts';

/** Name and password (RFC 7617): `username`, `password`. */
export const basic: CredentialKind = {
  read: (user) => ({ username: user.text('username'), password: user.text('password') }),
  identify({ username, password }) {
    if (username === undefined || password === undefined) return undefined;
    const pair = Buffer.from(`${username}:${password}`).toString('base64');
    return { headers: { authorization: `Basic ${pair}` } };
  },
};
