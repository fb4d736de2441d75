
// Reading and writing messages: JSON whose integers may be larger than a `number` can hold.

/** Any JSON. Integers that a `number` cannot hold are `bigint`s. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };

/** Takes JSON apart; throws a `DecodeError` where it is not of the type. */
export type Decoder<T> = (value: Json, at?: string) => T;

/** JSON that is not of the type that was expected. */
export class DecodeError extends Error {
  /** Where, such as `$.account.id`. */
  readonly at: string;

  constructor(at: string, expected: string) {
    super(`at ${at}: expected ${expected}`);
    this.name = "DecodeError";
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const DEEPEST = 128;

/** Reads JSON without losing digits of large integers. */
export function parse(text: string): Json {
  const parser = new Parser(text);
  return parser.document();
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#error();
    return value;
  }

  #error(): SyntaxError {
    return new SyntaxError(`this is not JSON at character ${this.#at}`);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += found.length;
    return found;
  }

  #take(token: string): boolean {
    const is = this.#text.startsWith(token, this.#at);
    if (is) this.#at += token.length;
    return is;
  }

  #next(token: string): boolean {
    this.#match(SPACE);
    return this.#take(token);
  }

  #value(depth: number): Json {
    if (depth > DEEPEST) throw this.#error();
    this.#match(SPACE);
    if (this.#take("{")) return this.#object(depth);
    if (this.#take("[")) return this.#array(depth);
    if (this.#take('"')) return this.#string();
    if (this.#take("null")) return null;
    if (this.#take("true")) return true;
    if (this.#take("false")) return false;
    return this.#number();
  }

  #object(depth: number): Json {
    const object: { [key: string]: Json } = {};
    if (this.#next("}")) return object;
    do {
      if (!this.#next('"')) throw this.#error();
      const key = this.#string();
      if (!this.#next(":")) throw this.#error();
      put(object, key, this.#value(depth + 1));
    } while (this.#next(","));
    if (!this.#next("}")) throw this.#error();
    return object;
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    if (this.#next("]")) return items;
    do items.push(this.#value(depth + 1));
    while (this.#next(","));
    if (!this.#next("]")) throw this.#error();
    return items;
  }

  #string(): string {
    const start = this.#at - 1;
    for (;;) {
      this.#match(PLAIN);
      if (this.#take('"')) return JSON.parse(this.#text.slice(start, this.#at)) as string;
      if (!this.#take("\\")) throw this.#error();
      this.#at += 1;
    }
  }

  #number(): number | bigint {
    const token = this.#match(NUMBER);
    if (token === "") throw this.#error();
    const value = Number(token);
    if (!Number.isFinite(value)) throw this.#error();
    return /^-?\d+$/.test(token) && !Number.isSafeInteger(value) ? BigInt(token) : value;
  }
}

/** Writes JSON; fields that are `undefined` are left out. */
export function stringify(value: unknown): string {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
      return JSON.stringify(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
      const entries = Object.entries(value).filter(([, value]) => value !== undefined);
      return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${stringify(value)}`).join(",")}}`;
    }
    default:
      throw new TypeError(`JSON has no ${typeof value}`);
  }
}

/** Sets a field, even one that is called `__proto__`. */
function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}

type JsonObject = { readonly [key: string]: Json };

function asObject(value: Json, at: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DecodeError(at, "an object");
  return value as JsonObject;
}

function asList(value: Json, at: string): readonly Json[] {
  if (!Array.isArray(value)) throw new DecodeError(at, "a list");
  return value as readonly Json[];
}

/** A decoder that is made when it is needed, so that types can hold themselves. */
export function lazy<T>(make: () => Decoder<T>): Decoder<T> {
  let made: Decoder<T> | undefined;
  return (value, at = "$") => (made ??= make())(value, at);
}

export const any: Decoder<Json> = (value) => value;

export const nothing: Decoder<null> = (value, at = "$") => {
  if (value !== null) throw new DecodeError(at, "null");
  return null;
};

export const boolean: Decoder<boolean> = (value, at = "$") => {
  if (typeof value !== "boolean") throw new DecodeError(at, "true or false");
  return value;
};

export const text: Decoder<string> = (value, at = "$") => {
  if (typeof value !== "string") throw new DecodeError(at, "a text");
  return value;
};

export const character: Decoder<string> = (value, at = "$") => {
  if (typeof value !== "string" || [...value].length !== 1) throw new DecodeError(at, "one character");
  return value;
};

/** Any number; an integer that a `number` cannot hold is a `bigint`. */
export const number: Decoder<number | bigint> = (value, at = "$") => {
  if (typeof value !== "number" && typeof value !== "bigint") throw new DecodeError(at, "a number");
  return value;
};

export const float: Decoder<number> = (value, at = "$") => Number(number(value, at));

/** An integer that fits into a `number`. */
export function integer(least: number, greatest: number): Decoder<number> {
  return (value, at = "$") => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > greatest) {
      throw new DecodeError(at, `an integer from ${least} to ${greatest}`);
    }
    return value;
  };
}

/** An integer of 64 or 128 bits. */
export function large(least: bigint, greatest: bigint): Decoder<bigint> {
  return (value, at = "$") => {
    const isInteger = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value));
    const found = isInteger ? BigInt(value as number | bigint) : undefined;
    if (found === undefined || found < least || found > greatest) {
      throw new DecodeError(at, `an integer from ${least} to ${greatest}`);
    }
    return found;
  };
}

export function nonZero<T extends number | bigint>(inner: Decoder<T>): Decoder<T> {
  return (value, at = "$") => {
    const found = inner(value, at);
    if (found == 0) throw new DecodeError(at, "an integer other than 0");
    return found;
  };
}

export function nullable<T>(inner: Decoder<T>): Decoder<T | null> {
  return (value, at = "$") => (value === null ? null : inner(value, at));
}

export function list<T>(item: Decoder<T>, length?: number): Decoder<T[]> {
  return (value, at = "$") => {
    const items = asList(value, at);
    if (length !== undefined && items.length !== length) throw new DecodeError(at, `${length} items`);
    return items.map((found, index) => item(found, `${at}[${index}]`));
  };
}

export function tuple<T>(...items: Decoder<unknown>[]): Decoder<T> {
  return (value, at = "$") => {
    const found = asList(value, at);
    if (found.length !== items.length) throw new DecodeError(at, `${items.length} items`);
    return items.map((item, index) => item(found[index] as Json, `${at}[${index}]`)) as T;
  };
}

export function record<T>(values: Decoder<T>, keys?: RegExp): Decoder<{ readonly [key: string]: T }> {
  return (value, at = "$") => {
    const found: { [key: string]: T } = {};
    for (const [key, inner] of Object.entries(asObject(value, at))) {
      if (keys !== undefined && !keys.test(key)) throw new DecodeError(`${at}.${key}`, `a key like ${keys.source}`);
      put(found, key, values(inner, `${at}.${key}`));
    }
    return found;
  };
}

/** One of a few texts. */
export function literal<T extends string>(...texts: T[]): Decoder<T> {
  return (value, at = "$") => {
    const found = texts.find((text) => text === value);
    if (found === undefined) throw new DecodeError(at, texts.map((text) => JSON.stringify(text)).join(" or "));
    return found;
  };
}

/** One of several texts. Any other text is read as `other`, which is one of them. */
export function literalOr<T extends string>(other: T, texts: readonly T[]): Decoder<T> {
  return (value, at = "$") => {
    if (typeof value !== "string") throw new DecodeError(at, "a string");
    return texts.find((text) => text === value) ?? other;
  };
}

/** A field of an object. */
export interface Field {
  readonly decode: Decoder<unknown>;
  /** What stands for the field where it is absent. */
  readonly otherwise?: Json;
  /** Whether it may be absent and stays so. */
  readonly optional?: boolean;
  /** Other names under which it is read. */
  readonly aliases?: readonly string[];
}

/** What an object holds beside its own fields. */
export interface Others {
  /** Whether other fields are refused. */
  readonly closed?: boolean;
  /** All further fields. */
  readonly rest?: Decoder<unknown>;
  /** Types whose fields are among these. */
  readonly flattened?: readonly Decoder<unknown>[];
}

export function object<T>(fields: { readonly [name: string]: Field }, others: Others = {}): Decoder<T> {
  const names = new Map(Object.entries(fields));
  const known = new Set([...names].flatMap(([name, field]) => [name, ...(field.aliases ?? [])]));
  return (value, at = "$") => {
    const found = asObject(value, at);
    const decoded = {};
    for (const flattened of others.flattened ?? []) {
      for (const [key, inner] of Object.entries(flattened(value, at) as object)) put(decoded, key, inner);
    }
    for (const [name, field] of names) {
      const present = [name, ...(field.aliases ?? [])].find((name) => Object.hasOwn(found, name));
      const inner = present === undefined ? field.otherwise : found[present];
      if (inner !== undefined) put(decoded, name, field.decode(inner, `${at}.${name}`));
      else if (!field.optional) throw new DecodeError(`${at}.${name}`, "a value");
    }
    for (const [key, inner] of Object.entries(found)) {
      if (known.has(key)) continue;
      if (others.closed) throw new DecodeError(`${at}.${key}`, "no such field");
      if (others.rest && !Object.hasOwn(decoded, key)) put(decoded, key, others.rest(inner, `${at}.${key}`));
    }
    return decoded as T;
  };
}

/** An object that holds the fields of all. */
export function together<T>(...parts: Decoder<unknown>[]): Decoder<T> {
  return object<T>({}, { flattened: parts });
}

/** The first of several that fits. */
export function either<T>(...options: Decoder<T>[]): Decoder<T> {
  return (value, at = "$") => {
    for (const option of options) {
      try {
        return option(value, at);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }
    throw new DecodeError(at, `one of ${options.length} types`);
  };
}

/** One of several objects, told apart by a field. An unknown name in the field is read as the variant `other`, if there is one. */
export function tagged<T>(
  tag: string,
  variants: { readonly [name: string]: Decoder<T> },
  other?: string,
): Decoder<T> {
  const known = new Map(Object.entries(variants));
  return (value, at = "$") => {
    const found = asObject(value, at);
    const name = found[tag];
    const variant = typeof name === "string" ? known.get(name) : undefined;
    if (variant === undefined && other !== undefined && typeof name === "string") {
      const unknown = known.get(other);
      if (unknown !== undefined) return unknown({ ...found, [tag]: other }, at);
    }
    if (variant === undefined) throw new DecodeError(`${at}.${tag}`, [...known.keys()].join(" or "));
    return variant(value, at);
  };
}
