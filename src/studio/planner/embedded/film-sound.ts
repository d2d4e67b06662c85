import { filmSize } from './canvas-fields.ts';
import { type Draft, note, type Target } from './draft.ts';
import { addPicture } from './picture-steps.ts';

/** Gives a film of this plan a sound. It carries one, and only where it begins with a picture. */
export function addSound(draft: Draft, film: Target, sound: Target): void {
  const input = film.step?.input;
  if (!input) return;
  if ('referenceAudio' in input) {
    return note(draft, `A film carries one sound, so “${sound.title}” is a file of its own.`);
  }
  if (!('startFrameImage' in input)) {
    const { focus } = draft;
    const opening = addPicture(draft, String(input['prompt']), { ...filmSize(input) });
    draft.focus = focus;
    if (!opening) return;
    note(draft, 'A film with sound begins with a picture, which is made first.');
    input['startFrameImage'] = opening.file;
  }
  input['referenceAudio'] = sound.file;
}

/** The films of this plan that a sound is for which was asked for after them. */
export function filmsBefore(draft: Draft): Target[] {
  const focus = draft.focus.filter(({ media }) => media === 'video');
  const films = focus.length > 0 ? focus : draft.made.filter(({ media }) => media === 'video').slice(-1);
  return films.filter(({ step }) => step?.task === 'video.generate');
}

/** Where sounds are to go with a film that is there already: no task puts them together. */
export function noteSeparate(draft: Draft): void {
  if (draft.files.some(({ kind }) => kind === 'video')) {
    note(draft, 'Sound goes into a film while that is made; here it is a file of its own.');
  }
}
