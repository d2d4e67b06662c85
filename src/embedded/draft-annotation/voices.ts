import { espeakLanguages, isInstalled } from '../../media/espeak.ts';
import { EngineError } from '../serve.ts';

/** A man, a darker and a brighter woman: one of them is near enough to most speakers. None has an echo. */
const speakers = ['', '+f1', '+Annie'] as const;
/** espeak-ng's names where they aren't ISO 639-1. */
const otherNames: Record<string, string> = { en: 'en-us', zh: 'cmn', no: 'nb' };

/**
 * espeak-ng voices to try for a language; English ones with a warning where it doesn't speak it.
 * @param language ISO 639-1
 * @throws EngineError `model_broken` without espeak-ng
 */
export async function voicesFor(language: string): Promise<{ voices: string[]; warnings: string[] }> {
  if (!isInstalled('espeak-ng')) {
    throw new EngineError(
      'model_broken',
      'Drafts of word timings need espeak-ng: `apt-get install espeak-ng`, `brew install espeak-ng`.',
    );
  }
  const known = await espeakLanguages();
  const asked = otherNames[language] ?? language;
  const isKnown = [...known].some((tag) => tag === asked || tag.startsWith(`${asked}-`));
  const name = isKnown ? asked : 'en-us';
  const warnings = isKnown
    ? []
    : [`The aligner doesn't speak "${language}": words were placed as if English.`];
  return { voices: speakers.map((speaker) => `${name}${speaker}`), warnings };
}
