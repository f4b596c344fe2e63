import path from 'node:path';
import { isRecord } from '../api/index.ts';

/** A kubeconfig that cannot be read or used. The message names the file, the field and the fix; it holds no secret. */
export class KubeConfigError extends Error {
  override readonly name = 'KubeConfigError';
}

/** Typed access to the untrusted YAML of a kubeconfig. Errors name the path. */
export class KubeConfigFields {
  readonly #fields: Record<string, unknown>;
  readonly #path: string;
  readonly #folder: string | undefined;

  /**
   * @param where the path, for errors
   * @param folder files are relative to it; absent: left as they are written
   */
  constructor(value: unknown, where: string, folder?: string) {
    if (value !== null && value !== undefined && !isRecord(value))
      throw new KubeConfigError(`${where} must be a mapping`);
    this.#fields = value ?? {};
    this.#path = where;
    this.#folder = folder;
  }

  value(key: string): unknown {
    return this.#fields[key] ?? undefined;
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw new KubeConfigError(`${this.#path}: "${key}" must be a string`);
    return value;
  }

  /** The path of a file. */
  file(key: string): string | undefined {
    const file = this.text(key);
    return file === undefined ? undefined : this.resolve(file);
  }

  resolve(file: string): string {
    return this.#folder === undefined ? file : path.resolve(this.#folder, file);
  }

  flag(key: string): boolean {
    const value = this.value(key);
    if (value !== undefined && typeof value !== 'boolean') {
      throw new KubeConfigError(`${this.#path}: "${key}" must be true or false`);
    }
    return value ?? false;
  }

  object(key: string): KubeConfigFields {
    return new KubeConfigFields(this.value(key), `${this.#path}: "${key}"`, this.#folder);
  }

  list(key: string): KubeConfigFields[] {
    const value = this.value(key) ?? [];
    if (!Array.isArray(value)) throw new KubeConfigError(`${this.#path}: "${key}" must be a list`);
    return value.map(
      (entry: unknown, index) =>
        new KubeConfigFields(entry, `${this.#path}: "${key}[${String(index)}]"`, this.#folder),
    );
  }

  name(): string {
    const name = this.text('name');
    if (name === undefined) throw this.missing('name');
    return name;
  }

  missing(key: string): KubeConfigError {
    return new KubeConfigError(`${this.#path}: "${key}" is missing`);
  }
}
