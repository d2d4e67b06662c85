import type { DeskRequest } from '../../../jobs/desk.ts';
import { sidesOf } from '../size.ts';
import type { CreateVideo } from './model.ts';

export const videoTask = 'video.generate';

/** OpenAI's, where none is given. */
const secondsDefault = 4;

/** The job of `POST /v1/videos`. */
export function videoJob(body: typeof CreateVideo.static, origin: string): DeskRequest {
  const { prompt, seconds, size, input_reference: reference, seed } = body;
  const startFrameImage = typeof reference === 'string' ? reference : reference?.image_url;
  return {
    ...{ task: videoTask, origin, priority: 'standard', webhookUrl: null },
    input: {
      ...{ prompt, durationSeconds: Number(seconds ?? secondsDefault), ...sidesOf(size) },
      ...(startFrameImage === undefined ? {} : { startFrameImage }),
      ...(typeof seed === 'number' ? { seed } : {}),
    },
  };
}
