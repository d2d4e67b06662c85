import { readFile } from 'node:fs/promises';
import { fits } from '../../../fits.ts';
import type { JobView } from '../../../jobs/job-view.ts';
import { Annotation } from '../../../media/annotation.ts';
import { outputPath } from '../../../storage/folders.ts';
import { FileGone } from '../../../storage/serve.ts';

/** What an annotation job wrote. @throws FileGone; Error where it is none */
export async function readAnnotation(filesRoot: string, { jobId, outputs }: JobView): Promise<Annotation> {
  const output = outputs.find(({ mimeType }) => mimeType === 'application/json');
  if (!output) throw new FileGone();
  const annotation: unknown = JSON.parse(
    await readFile(outputPath(filesRoot, jobId, output.filename), 'utf8'),
  );
  if (!fits(Annotation, annotation)) throw new Error(`${output.filename} of ${jobId} is no annotation.`);
  return annotation;
}
