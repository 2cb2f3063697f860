import { compile } from '../expr/compile.ts';
import type { Declared, Values } from '../expr/declared.ts';
import { splitTemplate } from '../expr/template.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Parameter } from '../model/runbook.ts';
import type { Path } from './source.ts';

/** A `with` as it could be once rendered, and which of its places are only known then. */
export interface Sample {
  readonly value: Json;
  readonly open: readonly { readonly path: Path; readonly type: string }[];
}

/**
 * Fills templates with defaults or stand-ins, so that an action's own schema and `touches` can be asked before anything is
 * known. The stand-in of a parameter is the same at every place: two steps over `params.namespace` are over one namespace.
 */
export function sampleOf(template: Json, declared: Declared): Sample {
  const open: { path: Path; type: string }[] = [];
  const values = sampleValues(declared);
  const fill = (value: Json, path: Path): Json => {
    if (typeof value === 'string') {
      const filled = fillText(value, declared, values);
      if (filled.type !== undefined) open.push({ path, type: filled.type });
      return filled.value;
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((one: Json, index) => fill(one, [...path, index]));
    return Object.fromEntries(
      Object.entries(value).map(([key, one]: [string, Json]) => [key, fill(one, [...path, key])]),
    );
  };
  return { value: fill(template, []), open };
}

function fillText(text: string, declared: Declared, values: Values): { value: Json; type?: string } {
  if (!text.includes('${{')) return { value: text };
  try {
    const parts = splitTemplate(text);
    if (parts.every((part) => part.kind === 'text')) return { value: parts.map((part) => part.text).join('') };
    const pieces = parts.map((part) =>
      part.kind === 'text' ? { value: part.text } : pieceOf(part.text, declared, values),
    );
    const only = pieces[0];
    if (pieces.length === 1 && only) return only;
    return {
      value: pieces
        .map((piece) => (typeof piece.value === 'string' ? piece.value : JSON.stringify(piece.value)))
        .join(''),
      type: 'string',
    };
  } catch {
    // a template that cannot be read was told where it stands
    return { value: LATER, type: 'dyn' };
  }
}

const LATER = 'known-later';
const STAND_INS: Readonly<Record<string, Json>> = { int: 1, double: 1.5, bool: true, list: [], map: {} };

function pieceOf(text: string, declared: Declared, values: Values): { value: Json; type: string } {
  const expression = compile(text, declared);
  const { type } = expression;
  try {
    return { value: expression.evaluate(values), type };
  } catch {
    return { value: STAND_INS[type.replace(/<.*/, '')] ?? LATER, type };
  }
}

function sampleValues(declared: Declared): Values {
  const params: JsonObject = Object.fromEntries(
    Object.entries(declared.parameters).map(([name, one]) => [name, standInOf(name, one)]),
  );
  return { params, target: { name: 'target', class: 'sandbox' }, impact: '2000-01-01T00:00:00Z' };
}

function standInOf(name: string, parameter: Parameter): Json {
  if (parameter.default !== undefined) return parameter.default;
  if (parameter.enum?.[0] !== undefined) return parameter.enum[0];
  const type = { integer: 'int', number: 'double', boolean: 'bool', list: 'list', map: 'map', string: '' }[
    parameter.type
  ];
  return STAND_INS[type] ?? `p-${name.toLowerCase().replaceAll('_', '-')}`;
}
