/**
 * The language in which the configuration is described: JSON Schema, cut down to what a configuration needs. One
 * constant per section gives the TypeScript type ({@link ConfigOf}), the validation, the defaults, the flags and the
 * reference page.
 */
export type ConfigSchema = ObjectField | StringField | NumberField | BooleanField | ListField;

interface Described {
  /** For the reader of a configuration file: what the field does, its unit, when to change it. */
  readonly description: string;
}

/** Always present once loaded. */
export interface ObjectField extends Described {
  readonly type: 'object';
  readonly properties: { readonly [name: string]: ConfigSchema };
}

export interface StringField extends Described {
  readonly type: 'string';
  readonly default?: string;
  readonly enum?: readonly string[];
  readonly minLength?: number;
  /** Needs `patternMeaning`: the text that a person reads if a value does not match. */
  readonly pattern?: string;
  readonly patternMeaning?: string;
}

export interface NumberField extends Described {
  readonly type: 'integer' | 'number';
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface BooleanField extends Described {
  readonly type: 'boolean';
  readonly default?: boolean;
}

export interface ListField extends Described {
  readonly type: 'array';
  readonly items: StringField | NumberField;
  readonly default?: readonly (string | number)[];
  readonly minItems?: number;
}

type Flatten<T> = { readonly [K in keyof T]: T[K] };

type AlwaysThere = { readonly default: unknown } | { readonly type: 'object' };

/** The type of a loaded configuration: sections and fields with a default are there, the others may be. */
export type ConfigOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: 'string' }
    ? string
    : S extends { readonly type: 'integer' | 'number' }
      ? number
      : S extends { readonly type: 'boolean' }
        ? boolean
        : S extends { readonly type: 'array'; readonly items: infer I }
          ? readonly ConfigOf<I>[]
          : S extends { readonly properties: infer P }
            ? Flatten<
                { -readonly [K in keyof P as P[K] extends AlwaysThere ? K : never]: ConfigOf<P[K]> } & {
                  -readonly [K in keyof P as P[K] extends AlwaysThere ? never : K]?: ConfigOf<P[K]>;
                }
              >
            : never;

/** Some fields of a configuration: what a file or the flags give. */
export type Partially<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Partially<T[K]> | undefined }
    : T;

/** One field that holds a value (no section). */
export interface ConfigField {
  /** From the top: `['webhook', 'port']`. */
  readonly path: readonly string[];
  readonly schema: Exclude<ConfigSchema, ObjectField>;
}

/** All fields that hold a value, in the order of the schema. */
export function configFields(schema: ObjectField, parent: readonly string[] = []): ConfigField[] {
  return Object.entries(schema.properties).flatMap(([name, field]): ConfigField[] => {
    const path = [...parent, name];
    return field.type === 'object' ? configFields(field, path) : [{ path, schema: field }];
  });
}
