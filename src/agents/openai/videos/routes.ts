import { Elysia } from 'elysia';
import type { Caller } from '../../../identity/authenticate.ts';
import { submitOnce } from '../../submit-once.ts';
import { assertModel } from '../model-names.ts';
import { errors, fileAnswer, OpenAiError } from '../model.ts';
import { inParamsOf, type ParamNames } from '../param-names.ts';
import type { OpenAiParts } from '../parts.ts';
import { deleteVideo } from './delete-video.ts';
import { findVideo, listVideos } from './find-video.ts';
import {
  ContentQuery,
  CreateVideo,
  DeletedVideo,
  ListQuery,
  VideoList,
  VideoParams,
  VideoView,
} from './model.ts';
import { videoContent } from './video-content.ts';
import { videoJob, videoTask } from './video-job.ts';
import { viewVideo } from './video-view.ts';

const door = '/v1/videos';
const names: ParamNames = {
  width: 'size',
  height: 'size',
  durationSeconds: 'seconds',
  startFrameImage: 'input_reference',
};

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header' as const,
  description: 'Makes a retry safe: the same key and body get the first video again.',
  schema: { type: 'string' as const },
};

/** `/v1/videos…`. */
export function videoRoutes(options: OpenAiParts) {
  const { requireKey, originOf } = options;
  return new Elysia({ name: 'openai.videos', prefix: door, normalize: false, tags: ['OpenAI-compatible'] })
    .use(requireKey)
    .post(
      '',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return create(options, { caller, request }, body);
      },
      {
        requireKey: 'write',
        body: CreateVideo,
        response: { 200: VideoView, ...errors },
        detail: {
          summary: 'Begin a video; a form with its first frame, or JSON',
          parameters: [idempotencyKey],
        },
      },
    )
    .get('', ({ caller, query, request }) => list(options, { caller, request }, query), {
      requireKey: 'read',
      query: ListQuery,
      response: { 200: VideoList, 400: OpenAiError, 401: OpenAiError },
      detail: { summary: 'Your videos, newest first' },
    })
    .get(
      '/:id',
      ({ caller, params: { id }, request }) =>
        viewVideo(findVideo(options, caller, { id, origin: originOf(request) })),
      {
        requireKey: 'read',
        params: VideoParams,
        response: { 200: VideoView, 401: OpenAiError, 404: OpenAiError },
        detail: { summary: 'How a video stands' },
      },
    )
    .use(fileRoutes(options));
}

/** What is done with a video's file. */
function fileRoutes(options: OpenAiParts) {
  const { requireKey, originOf } = options;
  return new Elysia({ name: 'openai.video-files', normalize: false, tags: ['OpenAI-compatible'] })
    .use(requireKey)
    .get(
      '/:id/content',
      ({ caller, params: { id }, query: { variant = 'video' }, request, server }) => {
        server?.timeout(request, 0);
        const job = findVideo(options, caller, { id, origin: originOf(request) });
        return videoContent(options, { request, job, variant });
      },
      {
        requireKey: 'read',
        params: VideoParams,
        query: ContentQuery,
        detail: {
          summary: 'Download a video, or pictures of it',
          responses: fileAnswer('MP4; a WebP as thumbnail; a JPEG of 5 × 5 pictures as spritesheet', '*/*'),
        },
      },
    )
    .delete(
      '/:id',
      async ({ caller, params: { id }, request }) => {
        await deleteVideo(options, caller, { id, origin: originOf(request) });
        return { id, object: 'video.deleted' as const, deleted: true as const };
      },
      {
        requireKey: 'write',
        params: VideoParams,
        response: { 200: DeletedVideo, 401: OpenAiError, 404: OpenAiError },
        detail: { summary: "Delete a video's files; cancel and refund it where it is not done" },
      },
    );
}

interface VideoCall {
  caller: Caller;
  request: Request;
}

async function create(
  options: OpenAiParts,
  { caller, request }: VideoCall,
  body: typeof CreateVideo.static,
): Promise<VideoView> {
  assertModel(options, videoTask, body.model);
  const origin = options.originOf(request);
  const once = { job: videoJob(body, origin), door, headers: request.headers };
  const id = await inParamsOf(names, () => submitOnce(options, caller, once));
  // A repetition may find a video that was written down a moment ago.
  await options.parts.writer.onDisk();
  return viewVideo(findVideo(options, caller, { id, origin }));
}

function list(
  options: OpenAiParts,
  { caller, request }: VideoCall,
  { limit = 20, after }: typeof ListQuery.static,
) {
  const { videos, hasMore } = listVideos(options, caller, {
    limit,
    after,
    origin: options.originOf(request),
  });
  const data = videos.map(viewVideo);
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}
