import { manifestOf } from './identity.ts';
import type { Manifest, TextSource, Unreadable } from './manifest.ts';
import { readText } from './read.ts';
import type { RenderRole } from './renderers.ts';
import { definedScope, type Scope } from './scope.ts';

/** What one text comes to. Values are not kept: those of the few that collide are read again. */
export interface Scanned {
  readonly manifests: readonly Manifest[];
  readonly objects: number;
  readonly unreadable: readonly Unreadable[];
  readonly ignored: readonly Unreadable[];
  readonly scopes: readonly (readonly [string, Scope])[];
  /** Set where the text is, or holds, input of a renderer. */
  readonly renderer?: RenderRole['renderer'];
}

const NOTHING = { manifests: [], objects: 0, unreadable: [], ignored: [], scopes: [] };

export function scanText(text: string, source: TextSource, role: RenderRole | undefined): Scanned {
  if (role?.role === 'part') return { ...NOTHING, renderer: role.renderer };
  const { objects, unreadable, ignored } = readText(text);
  const unrendered = role && { tool: role.renderer.tool, folder: role.renderer.folder };
  return {
    manifests: objects.flatMap((object) => manifestOf(object, source, unrendered) ?? []),
    objects: objects.length,
    unreadable,
    ignored,
    scopes: objects.flatMap(({ value }) => {
      const defined = definedScope(value);
      return defined ? [defined] : [];
    }),
    ...(role && { renderer: role.renderer }),
  };
}
