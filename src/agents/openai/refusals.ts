import { ApplianceError } from '../../errors.ts';
import type { JobView } from '../../jobs/job-view.ts';

/** 404: no model of this name does what is asked for. */
export class ModelNotFound extends ApplianceError {
  constructor(name: string, known: readonly string[]) {
    const there = known.length > 0 ? `There is: ${known.join(', ')}.` : 'There is none.';
    super({
      code: 'model_not_found',
      status: 404,
      message: `There is no model ${JSON.stringify(name.slice(0, 100))} for this. ${there}`,
      details: { issues: [{ path: '/model', message: 'is not known.', allowed: known }] },
    });
  }
}

/** What was waited for has failed, and was refunded: 400 where its input is to blame, else 500. */
export class JobFailed extends ApplianceError {
  constructor({ jobId, status, error }: JobView) {
    const { code, message } = error ?? { code: 'canceled', message: `The job ${jobId} was ${status}.` };
    super({ code, status: code === 'invalid_input' ? 400 : 500, message });
  }
}

/** 504: the jobs were not done in time, and are canceled; under an idempotency key they go on. */
export class TookTooLong extends ApplianceError {
  constructor(seconds: number, { goesOn }: { goesOn: boolean }) {
    const then = goesOn
      ? 'and goes on: send it again under its idempotency key.'
      : 'and is canceled. /api/v1/media/jobs waits as long as it takes.';
    super({ code: 'took_too_long', status: 504, message: `It was not done within ${seconds} s, ${then}` });
  }
}

/** 499, as nginx calls it: nobody is there to read it. */
export class ClientGone extends ApplianceError {
  constructor() {
    super({ code: 'client_gone', status: 499, message: 'The client hung up.' });
  }
}

/** 410: a request that came again, after its files' time. */
export class FilesGone extends ApplianceError {
  constructor() {
    const message = 'It was done before, and its files are deleted: send it under another idempotency key.';
    super({ code: 'files_gone', status: 410, message });
  }
}

/** 503: without a model that hears, the words of a recording can't be told. */
export class NobodyListens extends ApplianceError {
  constructor(model: string) {
    super({
      code: 'model_not_installed',
      status: 503,
      message:
        `No model that hears words is in use here; this installs one: ./scripts/models install ${model}. ` +
        'Without it, send the words as `transcript` to have their times.',
    });
  }
}

/** 409: there is nothing to download yet, or never will be. */
export class VideoNotReady extends ApplianceError {
  constructor(id: string, status: string) {
    super({ code: 'video_not_ready', status: 409, message: `The video ${id} is ${status}, not completed.` });
  }
}
