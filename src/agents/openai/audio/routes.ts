import { Elysia } from 'elysia';
import type { Caller } from '../../../identity/authenticate.ts';
import type { DeskRequest } from '../../../jobs/desk.ts';
import { assertModel } from '../model-names.ts';
import { errors, fileAnswer } from '../model.ts';
import { inParamsOf, type ParamNames } from '../param-names.ts';
import type { OpenAiParts } from '../parts.ts';
import { jobHeaders, runJobs } from '../run-jobs.ts';
import { Speak, Transcribe, Transcription } from './model.ts';
import { readAnnotation } from './read-annotation.ts';
import { speechFile } from './speech-file.ts';
import { speechJob } from './speech-job.ts';
import { transcriptionJob, transcriptionTask } from './transcription-job.ts';
import { writeTranscript } from './transcript-forms.ts';

const names: ParamNames = {
  text: 'input',
  voiceDescription: 'instructions',
  outputFormat: 'response_format',
  sourceAudio: 'file',
};

/** `/v1/audio/…`. */
export function audioRoutes(options: OpenAiParts) {
  return new Elysia({
    name: 'openai.audio',
    prefix: '/v1/audio',
    normalize: false,
    tags: ['OpenAI-compatible'],
  })
    .use(options.requireKey)
    .post(
      '/speech',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return speak(options, { caller, request }, body);
      },
      {
        requireKey: 'write',
        body: Speak,
        detail: {
          summary: 'Say a text, and wait for the file',
          responses: fileAnswer('The file, in the format that was asked for', 'audio/*'),
        },
      },
    )
    .post(
      '/transcriptions',
      ({ caller, body, request, server }) => {
        server?.timeout(request, 0);
        return transcribe(options, { caller, request }, body);
      },
      {
        requireKey: 'write',
        body: Transcribe,
        response: { 200: Transcription, ...errors },
        detail: { summary: 'Write down a recording, and wait for it; a form, or JSON with a URL' },
      },
    );
}

interface AudioCall {
  caller: Caller;
  request: Request;
}

async function run(options: OpenAiParts, { caller, request }: AudioCall, job: DeskRequest) {
  const { headers, signal } = request;
  const call = { caller, origin: job.origin, signal, headers };
  const ended = await inParamsOf(names, () => runJobs(options, call, [job]));
  const [done] = ended.done;
  if (!done) throw new Error('Jobs that are done have at least one.');
  return { done, headers: jobHeaders(ended) };
}

async function speak(options: OpenAiParts, call: AudioCall, body: typeof Speak.static): Promise<Response> {
  assertModel(options, 'audio.speak', body.model);
  const { done, headers } = await run(options, call, speechJob(body, options.originOf(call.request)));
  const response = await speechFile(options, done, body);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

async function transcribe(
  options: OpenAiParts,
  call: AudioCall,
  body: typeof Transcribe.static,
): Promise<Response> {
  assertModel(options, transcriptionTask, body.model);
  const job = transcriptionJob(options, body, options.originOf(call.request));
  const { done, headers } = await run(options, call, job);
  const transcript = writeTranscript(await readAnnotation(options.parts.rules.filesRoot, done), body);
  return typeof transcript === 'string'
    ? new Response(transcript, { headers })
    : Response.json(transcript, { headers });
}
