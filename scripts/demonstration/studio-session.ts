import type { Static } from '@sinclair/typebox';
import { RequestView } from '../../src/studio/agent/model.ts';
import { type Client, RequestFailed } from './client.ts';
import { dollars, fileSize } from './format.ts';
import { saveOutputs } from './save-outputs.ts';

type StudioRequest = Static<typeof RequestView>;

const message =
  'Make a picture of a fox astronaut, 640x640, then animate it for 2 seconds, and make another clip of it for 2 seconds, then combine both clips.';
const pauseMs = 300;
const agent = '/api/v1/studio/agent';

/**
 * A session in Studio as a person has it: says something, looks at the quote, approves it, waits, and downloads what
 * was made.
 * @param options.write where it is told
 * @throws RequestFailed a step failed, or the appliance answered something else than was hoped for
 */
export async function playStudioSession(options: {
  client: Client;
  folder: string;
  write: (text: string) => void;
}): Promise<void> {
  const { client, folder, write } = options;
  write(`\n  You     ${message}\n`);
  const asked = await client.call(RequestView, 'POST', `${agent}/messages/prepare`, { message });
  write(`  Studio  ${(asked.reply ?? '').replaceAll('\n', '\n          ')}\n`);
  const { plan } = asked;
  if (!plan) throw new RequestFailed('Studio had no plan.');
  const { planId, planHash, amountMicros } = plan;
  write(
    `\n  The plan costs ${dollars(amountMicros)}, ${dollars(plan.listUsd * 1e6)} by the list. Approved.\n\n`,
  );
  const approval = { planId, planHash, amountMicros };
  const begun = await client.call(RequestView, 'POST', `${agent}/messages`, { approval });
  const ended = await untilEnded(client, begun, write);
  for (const { id, title, outputs } of ended.plan?.steps ?? []) {
    const saved = await saveOutputs(outputs, { client, folder, fileStem: id });
    for (const { name, bytes } of saved)
      write(`  ${name.padEnd(16)} ${fileSize(bytes).padStart(8)}  ${title}\n`);
  }
}

/** Tells of every step as it ends. @throws RequestFailed one failed */
async function untilEnded(
  client: Client,
  begun: StudioRequest,
  write: (text: string) => void,
): Promise<StudioRequest> {
  const told = new Set<string>();
  for (let request = begun; ; request = await look(client, request.requestId)) {
    for (const { id, title, state } of request.plan?.steps ?? []) {
      if (state === 'waiting' || state === 'submitted' || told.has(id)) continue;
      told.add(id);
      write(`  ${state.padEnd(10)} ${title}\n`);
    }
    if (request.state === 'succeeded') return request;
    if (request.state !== 'running') throw new RequestFailed(`The plan ${request.state}.`);
  }
}

async function look(client: Client, requestId: string): Promise<StudioRequest> {
  await Bun.sleep(pauseMs);
  return client.call(RequestView, 'GET', `${agent}/requests?requestId=${requestId}`);
}
