import picocolors from 'picocolors';
import type { Risk } from '../../model/change.ts';

const { createColors } = picocolors;

export type Paint = ReturnType<typeof createColors> & { risk(risk: Risk, text: string): string };

/** Colours that say something beside the words, never instead of them: without colour nothing is lost. */
export function paintOf(colour: boolean): Paint {
  const colours = createColors(colour);
  const byRisk: Readonly<Record<Risk, (text: string) => string>> = {
    safe: String,
    disruptive: colours.yellow,
    destructive: (text) => colours.bold(colours.red(text)),
    opaque: colours.magenta,
  };
  return { ...colours, risk: (risk, text) => byRisk[risk](text) };
}
