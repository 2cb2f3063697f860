import { CloudFailure } from './failure.ts';

export interface Filter {
  name: string;
  values: string[];
}

/** A thing as filters see it: its tags, and every other filter name with the values it has there. */
export interface Filterable {
  tags: Record<string, string>;
  fields: Record<string, string[]>;
}

/** All filters must match, each by any of its values; `*` and `?` are wildcards, `\` escapes them. An unknown name is an error. */
export function matches(thing: Filterable, filters: Filter[]): boolean {
  return filters.every(({ name, values }) => {
    const present = valuesOf(thing, name);
    return values.some((value) => {
      // most values hold no wildcard, and two hundred of them may be asked about thousands of things
      if (!/[*?\\]/.test(value)) return present.includes(value);
      const pattern = patternOf(value);
      return present.some((candidate) => pattern.test(candidate));
    });
  });
}

function valuesOf(thing: Filterable, name: string): string[] {
  if (name === 'tag-key') return Object.keys(thing.tags);
  if (name.startsWith('tag:')) {
    const value = thing.tags[name.slice('tag:'.length)];
    return value === undefined ? [] : [value];
  }
  const field = thing.fields[name];
  if (!field) throw unknownFilter(name);
  return field;
}

/** Names are checked also where there is nothing to filter: a typing error must not read as "no such volumes". */
export function refuseUnknownFilters(filters: Filter[], known: readonly string[]): void {
  for (const { name } of filters) {
    const valid = name === 'tag-key' || name.startsWith('tag:') || known.includes(name);
    if (!valid) throw unknownFilter(name);
  }
}

const unknownFilter = (name: string): CloudFailure =>
  new CloudFailure('InvalidParameterValue', `The filter '${name}' is invalid`);

function patternOf(value: string): RegExp {
  const source = value.replaceAll(
    /\\([*?\\])|([*?])|([^*?\\]+|\\)/g,
    (_, escaped?: string, wildcard?: string, plain?: string) => {
      if (wildcard !== undefined) return wildcard === '*' ? '.*' : '.';
      return literal(escaped ?? plain ?? '');
    },
  );
  return new RegExp(`^${source}$`, 's');
}

const literal = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
