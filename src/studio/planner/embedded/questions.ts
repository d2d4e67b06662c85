import { ask, type Draft } from './draft.ts';
import type { Media } from './references.ts';

const names: Record<Media, { one: string; several: string }> = {
  image: { one: 'picture', several: 'pictures' },
  video: { one: 'film', several: 'films' },
  audio: { one: 'recording', several: 'recordings' },
  text: { one: 'text', several: 'texts' },
  mesh: { one: '3D model', several: '3D models' },
  other: { one: 'file', several: 'files' },
};
const listedMax = 8;

/** Asks which file is meant, and names those that could be. */
export function whichQuestion(
  draft: Draft,
  { media, verb, missing }: { media: Media; verb: string; missing: 'none' | 'several' },
): void {
  const { one, several } = names[media];
  const titles = draft.files.filter(({ kind }) => kind === media).map(({ title }) => `“${title}”`);
  const known =
    titles.length > 0 ? ` I know these ${several}: ${titles.slice(0, listedMax).join(', ')}.` : '';
  const advice =
    missing === 'none' && titles.length === 0
      ? ` Choose or upload one${media === 'image' ? ', or tell me what it shows and I make it first' : ''}.`
      : '';
  ask(draft, `Which ${one} shall I ${verb}?${known}${advice}`);
}
