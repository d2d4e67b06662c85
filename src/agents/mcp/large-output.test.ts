import { afterAll, beforeAll, expect, test } from 'bun:test';
import { fakeJob, fakeModels } from '../../testing/test-appliance.ts';
import { blobBytesMax } from './output-files.ts';
import { type McpAppliance, startMcpAppliance } from './test-clients.ts';

let appliance: McpAppliance;
beforeAll(async () => {
  appliance = await startMcpAppliance({ modelsFolder: fakeModels() });
});
afterAll(() => appliance.end());

test('a file that is too large for an answer is told by its link', async () => {
  const client = await appliance.connect('modern, negotiating');
  for (const [bytes, kind] of [
    [blobBytesMax, 'whole'],
    [blobBytesMax + 1, 'link'],
  ] as const) {
    const outputs = [{ filename: 'output.json', text: '{}', mimeType: 'application/json', bytes }];
    const prompt = String(Object(fakeJob({ outputs })['input'])['prompt']);
    const made = await client.request('callTool', { name: 'image_generate', arguments: { prompt } });
    const { jobId } = made.structuredContent;
    const uri = `killatamata://jobs/${jobId}/output.json`;
    const { contents } = await client.request('readResource', { uri });
    if (kind === 'whole') expect(contents[0].text).toHaveLength(bytes);
    else expect(contents).toEqual([{ uri, mimeType: 'text/uri-list', text: `${made.content[1].uri}\r\n` }]);
  }
  await client.close();
});
