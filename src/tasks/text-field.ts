import { Kind, type TString, Type, TypeRegistry } from '@sinclair/typebox';
import { characterCount } from './characters.ts';

/** TypeBox counts UTF-16 units, so that a text of emoji would be twice as long as its client counts it. */
const kind = 'CountedText';

TypeRegistry.Set<TString>(kind, ({ minLength = 0, maxLength = Infinity }, value) => {
  if (typeof value !== 'string') return false;
  return characterCount(value.trim()) >= minLength && characterCount(value) <= maxLength;
});

/**
 * A text whose length is counted in Unicode code points. The white space around it doesn't help it to its least
 * length, so that with a least length a blank text is refused.
 */
export function text(options: {
  charactersMin?: number;
  charactersMax: number;
  description: string;
  default?: string;
}) {
  const { charactersMin = 1, charactersMax, ...rest } = options;
  return Type.Unsafe<string>({
    [Kind]: kind,
    type: 'string',
    ...(charactersMin > 0 ? { minLength: charactersMin, pattern: String.raw`\S` } : {}),
    maxLength: charactersMax,
    'x-expects':
      charactersMin > 0
        ? `text of ${charactersMin} to ${charactersMax} characters that is not blank`
        : `text of at most ${charactersMax} characters`,
    ...rest,
  });
}
