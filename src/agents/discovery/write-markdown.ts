import { usd } from '../../tasks/amount.ts';
import type { Box, TaskFacts } from './box.ts';

/** Sections that several documents are made of. Each says a thing once. */

export const pitch =
  'A self-hosted media-generation appliance: images, video, speech, music, sound effects, annotation and 3D as jobs behind one HTTP API.';

/** How to get a key here. */
export function keySection({ origin }: Box): string {
  return `Every call sends an API key: \`Authorization: Bearer <key>\` or \`x-api-key: <key>\`. Keys come from the operator
(\`first-run.txt\` in the data folder), from \`POST ${origin}/api/v1/keys\` with another key, or by device link:

1. \`curl -sS -X POST ${origin}/api/v1/device/link/start -H 'Content-Type: application/json' -d '{"keyLabel":"My agent"}'\`
2. show \`verificationUrlComplete\` and \`userCode\` to the person, who approves them while signed in;
3. \`POST ${origin}/api/v1/device/link/poll\` with \`{"deviceCode":"…"}\` every \`intervalSeconds\` until it answers \`apiKey\`, once.

Keep the key out of prompts, logs and repositories. \`GET ${origin}/api/v1/balance\` tells whether it works.`;
}

/** From a request to a file, in four calls. */
export function workflowSection({ origin, promiseHours, deleteHours }: Box): string {
  return `1. **Quote** (free): \`POST ${origin}/api/v1/media/quote\` with \`{"task", "input"}\` answers the exact price, the effective input and what the output will be.
2. **Submit**: \`POST ${origin}/api/v1/media/jobs\` with the same body and an \`X-Idempotency-Key\`; a retry with the same key never charges twice. With the quote's \`amountMicros\` as \`maxAmountMicros\` a price that rose meanwhile is refused (409 \`price_changed\`), and nothing charged. The answer has \`jobId\`.
3. **Wait**: \`GET ${origin}/api/v1/media/jobs?jobId=…\` every second or two, or the event stream \`GET ${origin}/api/v1/media/jobs/events?jobId=…\`, until \`status\` is \`succeeded\`, \`failed\` or \`canceled\`. Failed and canceled jobs are refunded.
4. **Download** every URL in \`downloadableOutputUrls\`, within ${promiseHours} hours; files are deleted after ${deleteHours}.

Cancel with \`DELETE ${origin}/api/v1/media/jobs?jobId=…\`. Several jobs that build on each other go as one plan: \`POST ${origin}/api/v1/studio/agent/plans\`, where a step takes another's output as \`{"fromStep": "<id>"}\`. It answers a quote; \`POST ${origin}/api/v1/studio/agent/approval-plans/execute\` with its \`planId\`, \`planHash\` and \`amountMicros\` approves the whole price and runs it once, and \`GET ${origin}/api/v1/studio/agent/plans?planId=…\` tells how it gets on. \`DELETE ${origin}/api/v1/studio/agent/plans?planId=…\` cancels all of it, or takes an offer back; what its steps did not use comes back. Nothing beyond what was approved is ever charged: a plan that costs more by then is refused (409 \`price_changed\`).`;
}

export function errorSection(): string {
  return `Errors are \`{"error": "<sentence>", "code": "<snake_case>", "details"?}\`. 422 lists **every** problem in \`details.issues\` (\`path\`, \`message\`, \`allowed\`): mend all of them and send once more. 402 is a balance that is too low: ask the person, don't retry. 429 and 503 carry \`Retry-After\`. Never retry another 4xx unchanged.`;
}

export function fileSection({ origin }: Box): string {
  return `A field that takes a file takes an http(s) URL, a data URI, \`{"dataBase64", "mimeType"}\`, or one of this appliance's own output URLs (\`${origin}/files/…\`), which is read from disk. Files can also be sent as parts of a form.`;
}

/** One line a task. */
export function taskList({ tasks }: Box): string {
  return tasks.map(({ name, summary, engine }) => `- \`${name}\`: ${summary} Here: ${engine}.`).join('\n');
}

/** A task with all its fields. */
export function taskSection(task: TaskFacts): string {
  const rows = task.fields.map(({ name, type, isRequired, byDefault, description }) =>
    [`\`${name}\`${isRequired ? ' (required)' : ''}`, cell(type), cell(byDefault), cell(description)].join(
      ' | ',
    ),
  );
  return `### ${task.name}

${task.summary} Here: ${task.engine}. Price: ${task.price}.

| field | type | default | what it is |
| --- | --- | --- | --- |
${rows.map((row) => `| ${row} |`).join('\n')}

\`\`\`json
${JSON.stringify({ task: task.name, input: task.example }, null, 2)}
\`\`\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

export function priceSection({ tasks, packages }: Box): string {
  const prices = tasks.map(({ name, price }) => `- \`${name}\`: ${price}`).join('\n');
  const credit = packages.map(
    ({ name, priceUsdCents, creditMicros }) =>
      `${name}: $${priceUsdCents / 100} for ${usd(creditMicros)} of credit`,
  );
  return `Prices are fixed and charged at submit. ${credit.join('; ')}.\n\n${prices}`;
}
