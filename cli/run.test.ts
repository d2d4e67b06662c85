import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fakeJob, fakeModels } from '../src/testing/test-appliance.ts';
import { type ListeningAppliance, startListening, untilSaid } from './test-terminal.ts';

let fake: ListeningAppliance;
let real: ListeningAppliance;
let paid: ListeningAppliance;
beforeAll(async () => {
  [fake, real, paid] = await Promise.all([
    startListening({ modelsFolder: fakeModels() }),
    startListening(),
    startListening({ modelsFolder: fakeModels(), environment: { KT_PRICING_DRAFT_MULTIPLIER: '1' } }),
  ]);
});
afterAll(() => Promise.all([fake, real, paid].map((appliance) => appliance.end())));

/** The prompt of a job that does what it is told. */
const prompt = (job: Parameters<typeof fakeJob>[0] = {}) => String(Object(fakeJob(job)['input'])['prompt']);
const sha256 = (path: string) => new Bun.CryptoHasher('sha256').update(readFileSync(path)).digest('hex');
const balanceOf = async (appliance: ListeningAppliance) =>
  (await appliance.call('GET', '/api/v1/balance')).body.balanceMicros;

describe('killatamata run', () => {
  test('makes a picture, saves it whole and prints where; only JSON on stdout', async () => {
    const user = real.user();
    const args = ['run', 'image.generate', '--prompt', 'a fox', 'width=256', 'height=192', '--out', 'made'];
    const plain = await user.run(args);
    expect([plain.exitCode, plain.stdout]).toEqual([0, 'made/image.webp\n']);
    const { exitCode, stdout } = await user.run([...args, 'seed=7', '--json']);
    expect(exitCode).toBe(0);
    const job = JSON.parse(stdout);
    expect(job).toMatchObject({ status: 'succeeded', outputs: [{ width: 256, height: 192 }] });
    // The first picture keeps its name.
    expect(job.files).toMatchObject([{ path: 'made/image-2.webp', sha256: job.outputs[0].sha256 }]);
    expect(sha256(join(user.folder, 'made/image-2.webp'))).toBe(job.outputs[0].sha256);
    expect(readdirSync(join(user.folder, 'made')).sort()).toEqual(['image-2.webp', 'image.webp']);
    expect(plain.stderr).not.toContain('\u{1b}');
  });

  test('sends files of this machine, lists and JSON', async () => {
    const user = real.user();
    await user.run(['run', 'image.generate', '--prompt', 'a fox', 'width=256', 'height=256']);
    const files = ['sourceImage=@image.webp', 'referenceImages=@image.webp', 'referenceImages=@image.webp'];
    const edited = await user.run(
      ['run', 'image.edit', '--input', '-', ...files, 'highDetail=true', '--json', '--out', 'edited'],
      { stdin: '{"prompt": "night", "seed": 3}' },
    );
    expect(edited.exitCode).toBe(0);
    const { jobId } = JSON.parse(edited.stdout);
    const details = await real.call('GET', `/api/v1/media/jobs?jobId=${jobId}&includeDetails=1`);
    expect(details.body.effectiveInput).toMatchObject({
      prompt: 'night',
      seed: 3,
      highDetail: true,
      width: 256,
    });
    expect(details.body.effectiveInput.referenceImages).toHaveLength(2);
  });

  test('tells every problem of an input, and the code is 2', async () => {
    const user = fake.user();
    const { exitCode, stderr, stdout } = await user.run([
      'run',
      'image.generate',
      'hight=4',
      'width=3',
      '--json',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean `height`?');
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'invalid_input',
      details: { issues: expect.any(Array) },
    });
    for (const args of [['run', 'nothing'], ['run'], ['run', 'image.generate', '--what'], ['what']]) {
      expect([args, (await user.run(args)).exitCode]).toEqual([args, 2]);
    }
  });

  test('says why a job failed, and the code is 1', async () => {
    const { exitCode, stderr, stdout } = await fake
      .user()
      .run(['run', 'image.generate', '--prompt', prompt({ ending: 'invalid_input' }), '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', files: [] });
    expect(stderr).toContain('failed');
  });

  test('Ctrl-C cancels the job where nobody can be asked', async () => {
    const started = paid
      .user()
      .start(['run', 'image.generate', '--prompt', prompt({ ending: 'hang' }), '--yes']);
    const before = await balanceOf(paid);
    await untilSaid(started, 'running');
    started.signal('SIGINT');
    const { exitCode, stderr } = await started.ended;
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('is canceled')]);
    expect(await balanceOf(paid)).toBe(before);
  });

  test('spends only what was agreed to', async () => {
    const user = paid.user();
    const args = ['run', 'image.generate', '--prompt', prompt()];
    const before = await balanceOf(paid);
    const unasked = await user.run(args);
    expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('say --yes')]);
    const declined = user.start(args, { hasTerminal: true });
    await untilSaid(declined, '[y/N]');
    declined.type('n\r');
    expect((await declined.ended).exitCode).toBe(130);
    expect(await balanceOf(paid)).toBe(before);
    const agreed = user.start(args, { hasTerminal: true });
    await untilSaid(agreed, '[y/N]');
    agreed.type('y\r');
    expect((await agreed.ended).exitCode).toBe(0);
    expect(await balanceOf(paid)).toBe(before - 20_972);
    expect(existsSync(join(user.folder, 'output.json'))).toBe(true);
  });

  test('Ctrl-C asks where somebody can be asked, and may leave the job running', async () => {
    const started = fake
      .user()
      .start(['run', 'image.generate', '--prompt', prompt({ ending: 'hang' })], { hasTerminal: true });
    await untilSaid(started, '0 %');
    started.signal('SIGINT');
    await untilSaid(started, '[c/l/W]');
    started.type('w\r');
    await untilSaid(started, '0 %', 2);
    started.signal('SIGINT');
    await untilSaid(started, '[c/l/W]', 2);
    started.type('l\r');
    expect((await started.ended).exitCode).toBe(130);
    // A terminal may show the last words after the program's end.
    await untilSaid(started, 'or cancel job_');
    const [, jobId = ''] = /killatamata wait (job_\w+)/.exec(started.stdout()) ?? [];
    const user = fake.user();
    expect((await user.run(['cancel', jobId, '--json'])).exitCode).toBe(0);
    expect((await user.run(['wait', jobId])).exitCode).toBe(1);
  });

  test('needs the balance to be enough, and the code is 4', async () => {
    const account = await paid.call('POST', '/api/v1/admin/accounts', {
      key: paid.adminKey,
      body: { name: 'Poor' },
    });
    const user = paid.user({ KILLATAMATA_API_KEY: account.body.apiKey });
    for (const more of [[], ['--yes']]) {
      const { exitCode, stdout } = await user.run([
        'run',
        'image.generate',
        '--prompt',
        prompt(),
        '--json',
        ...more,
      ]);
      expect([exitCode, JSON.parse(stdout).code]).toEqual([4, 'insufficient_balance']);
    }
  });
});

describe('killatamata, the rest', () => {
  test('quotes without queueing', async () => {
    const user = fake.user();
    const quoted = await user.run([
      'quote',
      'image.generate',
      '--prompt',
      'x',
      'width=1024',
      'height=1024',
      '--json',
    ]);
    expect(JSON.parse(quoted.stdout)).toMatchObject({
      task: 'image.generate',
      billing: { listMicros: 20_972 },
    });
    expect((await user.run(['quote', 'image.generate', '--prompt', 'x'])).stdout).toContain(
      'list price $0.020972',
    );
  });

  test('lists, waits for, downloads and cancels jobs', async () => {
    const user = fake.user();
    const queued = await user.run(['run', 'image.generate', '--prompt', prompt(), '--no-wait']);
    const jobId = queued.stdout.trim();
    expect((await user.run(['wait', jobId])).stdout).toContain(`/files/${jobId}/output.json`);
    const list = JSON.parse(
      (await user.run(['jobs', '--status', 'succeeded', '--limit', '1', '--json'])).stdout,
    );
    expect(list.jobs).toMatchObject([{ jobId }]);
    for (let time = 0; time < 2; time++) {
      const { stdout } = await user.run(['download', jobId, '--out', 'again']);
      expect(stdout).toBe('again/output.json\n');
    }
    expect((await user.run(['cancel', jobId])).exitCode).toBe(1);
    expect((await user.run(['wait', 'job_nothing'])).exitCode).toBe(2);
  });

  test('says what this machine refuses, without a stack trace', async () => {
    const user = fake.user();
    const queued = await user.run(['run', 'image.generate', '--prompt', prompt(), '--no-wait']);
    const jobId = queued.stdout.trim();
    await user.run(['wait', jobId]);
    const { exitCode, stdout, stderr } = await user.run([
      'download',
      jobId,
      '--out',
      '/dev/null/x',
      '--json',
    ]);
    expect([exitCode, JSON.parse(stdout).code]).toEqual([1, 'enotdir']);
    expect(stderr).not.toContain(' at ');
  });

  test('tells tasks, their fields, the version and help', async () => {
    const user = fake.user();
    const { tasks } = JSON.parse((await user.run(['tasks', '--json'])).stdout);
    expect(tasks).toHaveLength(9);
    expect((await user.run(['tasks', 'image.edit'])).stdout).toMatch(/sourceImage +@file or URL/);
    expect((await user.run(['version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    for (const args of [['help'], ['help', 'run'], ['run', '--help'], []]) {
      expect((await user.run(args)).stdout).toContain('Usage: killatamata');
    }
  });
});
