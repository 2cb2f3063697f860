import { CloudFailure, invalidValue, missingParameter, notSimulated } from './failure.ts';
import type { Filter } from './filters.ts';
import type { Tag } from './tags.ts';

/** The parameters of one call in the query protocol: `Filter.1.Value.2=x`, lists counted from 1. */
export class Query {
  readonly action: string;
  readonly version: string;
  readonly #values: Map<string, string>;

  constructor(text: string) {
    this.#values = new Map(new URLSearchParams(text));
    this.action = this.#values.get('Action') ?? '';
    this.version = this.#values.get('Version') ?? '';
  }

  /** Refuses what the action does not know: a parameter silently ignored would be a lie about what was done. */
  allow(names: readonly string[]): void {
    for (const name of this.#values.keys()) {
      const first = name.split('.')[0] ?? name;
      if (isProtocol(first) || names.includes(first)) continue;
      throw notSimulated(`the parameter ${name} of ${this.action}`);
    }
  }

  /** For the audit log: what was asked of what. */
  path(): string {
    const shown = [...this.#values].filter(([name]) => name !== 'Action' && name !== 'Version');
    return shown.length === 0 ? '/' : `/?${new URLSearchParams(shown).toString()}`;
  }

  text(name: string): string | undefined {
    return this.#values.get(name);
  }

  required(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined || value === '') throw missingParameter(name);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (value === 'true' || value === 'false') return value === 'true';
    throw invalidValue(name, value, "Expected 'true' or 'false'.");
  }

  whole(name: string): number | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,9}$/.test(value)) throw invalidValue(name, value, 'Expected an integer.');
    return Number(value);
  }

  list(name: string): string[] {
    return this.#members(name).map((member) => this.#values.get(member) ?? '');
  }

  filters(): Filter[] {
    return this.#members('Filter').map((member) => {
      const values = this.list(`${member}.Value`);
      if (values.length > 200)
        throw new CloudFailure(
          'FilterLimitExceeded',
          'The maximum number of filter values specified on a single call is 200',
        );
      return { name: this.required(`${member}.Name`), values };
    });
  }

  tags(name = 'Tag'): Tag[] {
    return this.#members(name).map((member) => ({
      key: this.required(`${member}.Key`),
      value: this.#values.get(`${member}.Value`) ?? '',
    }));
  }

  /** Tags as DeleteTags gives them, where a missing value means: whatever the value. */
  tagPatterns(): { key: string; value?: string }[] {
    return this.#members('Tag').map((member) => {
      const value = this.#values.get(`${member}.Value`);
      return { key: this.required(`${member}.Key`), ...(value === undefined ? {} : { value }) };
    });
  }

  /** The tags for one type of resource, out of the creating call's TagSpecifications. */
  tagSpecification(resourceType: string): Tag[] {
    return this.#members('TagSpecification').flatMap((member) => {
      const type = this.required(`${member}.ResourceType`);
      if (type !== resourceType)
        throw new CloudFailure(
          'InvalidParameterValue',
          `'${type}' is not a valid taggable resource type for this operation.`,
        );
      return this.tags(`${member}.Tag`);
    });
  }

  #members(prefix: string): string[] {
    const indexes = new Set<number>();
    for (const name of this.#values.keys()) {
      if (!name.startsWith(`${prefix}.`)) continue;
      const index = Number.parseInt(name.slice(prefix.length + 1), 10);
      if (!Number.isNaN(index)) indexes.add(index);
    }
    return [...indexes].toSorted((a, b) => a - b).map((index) => `${prefix}.${index}`);
  }
}

const isProtocol = (name: string): boolean =>
  ['Action', 'Version', 'DryRun'].includes(name) || name.startsWith('X-Amz-');
