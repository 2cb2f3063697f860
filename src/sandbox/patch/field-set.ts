import type { JsonObject } from '../types.ts';

/**
 * A set of places in an object, as managedFields write it: `f:name` a field, `k:{"name":"c1"}` a list item by its keys,
 * `v:"x"` a member of a set, `.` the place itself. Values are never changed after they are made.
 */
export class FieldSet {
  static readonly EMPTY = new FieldSet(false, new Map());

  /** Is the place itself in the set, besides whatever is below it? */
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;

  constructor(member: boolean, children: ReadonlyMap<string, FieldSet>) {
    this.member = member;
    this.children = children;
  }

  static fromFieldsV1(fields: JsonObject): FieldSet {
    const children = new Map<string, FieldSet>();
    let member = Object.keys(fields).length === 0;
    for (const [element, below] of Object.entries(fields)) {
      if (element === '.') member = true;
      else children.set(element, FieldSet.fromFieldsV1(below as JsonObject));
    }
    return new FieldSet(member, children);
  }

  static of(...paths: string[][]): FieldSet {
    return paths.reduce((set, path) => set.union(pathSet(path)), FieldSet.EMPTY);
  }

  /** A leaf is `{}`; a place that is a member and has members below says so by `.`. */
  toFieldsV1(): JsonObject {
    const out: JsonObject = this.member && this.children.size > 0 ? { '.': {} } : {};
    for (const element of [...this.children.keys()].toSorted()) {
      const child = this.children.get(element);
      if (child) out[element] = child.toFieldsV1();
    }
    return out;
  }

  get isEmpty(): boolean {
    return !this.member && this.children.size === 0;
  }

  has(element: string): boolean {
    return this.children.get(element)?.member === true;
  }

  below(element: string): FieldSet {
    return this.children.get(element) ?? FieldSet.EMPTY;
  }

  union(other: FieldSet): FieldSet {
    return this.#zip(other, this.member || other.member, (a, b) => a.union(b));
  }

  intersection(other: FieldSet): FieldSet {
    return this.#zip(other, this.member && other.member, (a, b) => a.intersection(b));
  }

  /** Takes away exactly the places of `other`; what is below them stays. */
  difference(other: FieldSet): FieldSet {
    return this.#zip(other, this.member && !other.member, (a, b) => a.difference(b));
  }

  /** Takes away the places of `other` with all that is below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.member) return FieldSet.EMPTY;
    return this.#zip(other, this.member, (a, b) => a.recursiveDifference(b));
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Every member as a path, in the order of the elements. */
  paths(): string[][] {
    const below = [...this.children.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([element, child]) => child.paths().map((path) => [element, ...path]));
    return this.member ? [[], ...below] : below;
  }

  #zip(other: FieldSet, member: boolean, each: (a: FieldSet, b: FieldSet) => FieldSet): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const element of new Set([...this.children.keys(), ...other.children.keys()])) {
      const child = each(this.below(element), other.below(element));
      if (!child.isEmpty) children.set(element, child);
    }
    return new FieldSet(member, children);
  }
}

function pathSet(path: string[]): FieldSet {
  return path.reduceRight(
    (below, element) => new FieldSet(false, new Map([[element, below]])),
    new FieldSet(true, new Map()),
  );
}
