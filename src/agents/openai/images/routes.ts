import { Elysia } from 'elysia';
import type { DeskRequest } from '../../../jobs/desk.ts';
import type { Caller } from '../../../identity/authenticate.ts';
import { assertModel, type DoorTask } from '../model-names.ts';
import { errors } from '../model.ts';
import { inParamsOf, type ParamNames } from '../param-names.ts';
import type { OpenAiParts } from '../parts.ts';
import { runJobs } from '../run-jobs.ts';
import { editJobs, generationJobs, isFine } from './image-jobs.ts';
import { imagesAnswer } from './images-answer.ts';
import { EditImages, GenerateImages, ImagesAnswer } from './model.ts';

const names: ParamNames = {
  width: 'size',
  height: 'size',
  outputFormat: 'output_format',
  highDetail: 'quality',
  sourceImage: 'image',
  referenceImages: 'image',
};

/** `/v1/images/…`. */
export function imageRoutes(options: OpenAiParts) {
  const { requireKey, originOf } = options;
  return new Elysia({
    name: 'openai.images',
    prefix: '/v1/images',
    normalize: false,
    tags: ['OpenAI-compatible'],
  })
    .use(requireKey)
    .post(
      '/generations',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        const jobs = generationJobs(body, originOf(request));
        return makeImages(options, { caller, request, body }, { task: 'image.generate', jobs });
      },
      {
        requireKey: 'write',
        body: GenerateImages,
        response: { 200: ImagesAnswer, ...errors },
        detail: { summary: 'Make pictures from a prompt, and wait for them' },
      },
    )
    .post(
      '/edits',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        const jobs = editJobs(body, originOf(request));
        return makeImages(options, { caller, request, body }, { task: 'image.edit', jobs });
      },
      {
        requireKey: 'write',
        body: EditImages,
        response: { 200: ImagesAnswer, ...errors },
        detail: { summary: 'Change a picture, and wait for it; a form, or JSON with `images`' },
      },
    );
}

interface ImageCall {
  caller: Caller;
  request: Request;
  body: typeof GenerateImages.static;
}

async function makeImages(
  options: OpenAiParts,
  { caller, request, body }: ImageCall,
  { task, jobs }: { task: DoorTask; jobs: DeskRequest[] },
): Promise<Response> {
  assertModel(options, task, body.model);
  const { headers, signal } = request;
  const call = { caller, origin: options.originOf(request), signal, headers };
  const ended = await inParamsOf(names, () => runJobs(options, call, jobs));
  const { clock, rules } = options.parts;
  return imagesAnswer(ended, {
    created: clock(),
    format: body.output_format ?? 'png',
    isFine: isFine(body),
    asUrl: (body.response_format ?? defaultFormat(body)) === 'url',
    filesRoot: rules.filesRoot,
  });
}

/** As OpenAI's models did. */
function defaultFormat({ model }: ImageCall['body']): 'url' | 'b64_json' {
  return model?.startsWith('dall-e') ? 'url' : 'b64_json';
}
