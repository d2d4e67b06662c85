import { type InputIssue, InvalidInput } from '../../../errors.ts';
import type { DeskRequest } from '../../../jobs/desk.ts';
import { sidesOf } from '../size.ts';
import type { EditImages, GenerateImages } from './model.ts';

type Generation = typeof GenerateImages.static;
type Edit = typeof EditImages.static;

const fineQualities: readonly unknown[] = ['high', 'hd', 'xhigh', 'max'];
const seedsCount = 2 ** 32;

/** The jobs of `POST /v1/images/generations`. */
export function generationJobs(body: Generation, origin: string): DeskRequest[] {
  return jobsOf('image.generate', body, { ...sidesOf(body.size), ...inputOf(body) }, origin);
}

/** The jobs of `POST /v1/images/edits`. @throws InvalidInput no picture, or one in two ways, or another size */
export function editJobs(body: Edit, origin: string): DeskRequest[] {
  const { image, images, size } = body;
  const issues: InputIssue[] = [];
  const files = [image ?? [], images?.map(({ image_url: url }) => url) ?? []].flat(2);
  if (files.length === 0) issues.push({ path: '/image', message: 'is required: the picture to edit.' });
  if (image && images)
    issues.push({ path: '/images', message: 'is another way to say `image`, which is given too.' });
  if (size && size !== 'auto') {
    const message = 'is the size of the picture that is edited: leave it out.';
    issues.push({ path: '/size', message, allowed: ['auto'] });
  }
  if (issues.length > 0) throw new InvalidInput(issues);
  const [sourceImage, ...references] = files;
  const more = references.length > 0 ? { referenceImages: references } : {};
  return jobsOf('image.edit', body, { ...inputOf(body), sourceImage, ...more }, origin);
}

export function isFine({ quality }: Pick<Generation, 'quality'>): boolean {
  return fineQualities.includes(quality);
}

function inputOf(body: Generation) {
  const { prompt, output_format: format } = body;
  const outputFormat = format === 'jpeg' ? 'jpg' : (format ?? 'png');
  return { prompt, outputFormat, ...(isFine(body) ? { highDetail: true } : {}) };
}

/** One a picture. With a seed they take that and the ones after it; else each draws its own. */
function jobsOf(task: string, { n, seed }: Generation, input: object, origin: string): DeskRequest[] {
  return Array.from({ length: n ?? 1 }, (_, index) => ({
    ...{ task, origin, priority: 'interactive', webhookUrl: null },
    input: { ...input, ...(typeof seed === 'number' ? { seed: (seed + index) % seedsCount } : {}) },
  }));
}
