/** Secret values in use, so that they can be struck out wherever they turn up. Holds them by value: never log it. */
export declare class SecretValues {
  /** Remembers a value (and its base64 form). Values shorter than 6 characters are not remembered. */
  add(value: string): void;
  delete(value: string): void;
  /** The text with every remembered value replaced. */
  strike(text: string): string;
}

/** The text without anything that looks like a credential (tokens, keys, kubeconfigs, URL passwords) and without `secrets`. */
export declare function redactText(text: string, secrets?: SecretValues): string;

/** A copy for logs: the values of secret fields (`data` and `stringData` of Secrets, `token`, `kubeconfig`, `…Data`, …) replaced. */
export declare function redactObject(value: unknown, secrets?: SecretValues): unknown;

/** Message of an error (and its causes), redacted, at most `maxLength` characters. @default 1024 */
export declare function redactError(error: unknown, secrets?: SecretValues, maxLength?: number): string;
