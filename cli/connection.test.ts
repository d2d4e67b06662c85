import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fakeJob, fakeModels } from '../src/testing/test-appliance.ts';
import {
  type ListeningAppliance,
  newUser,
  type Proxy,
  startListening,
  startProxy,
  untilSaid,
} from './test-terminal.ts';

let appliance: ListeningAppliance;
let proxy: Proxy;
beforeAll(async () => {
  appliance = await startListening({
    modelsFolder: fakeModels(),
    environment: { KT_PRICING_DRAFT_MULTIPLIER: '1', KT_JOBS_STREAMS_PER_ACCOUNT_MAX: '1' },
  });
  proxy = await startProxy(appliance.origin);
});
afterAll(async () => {
  proxy.close();
  await appliance.end();
});

const prompt = (job: Parameters<typeof fakeJob>[0]) => String(Object(fakeJob(job)['input'])['prompt']);
const behindProxy = (environment: Record<string, string> = {}) =>
  appliance.user({ KILLATAMATA_URL: proxy.origin, ...environment });
const jobsOf = async () => (await appliance.call('GET', '/api/v1/media/jobs?limit=100')).body.jobs;
const runsOf = (user: { home: string }) => readdirSync(join(user.home, '.local/state/killatamata/runs'));

describe('a connection that breaks', () => {
  test('in the midst of the events is opened again, and the job goes on', async () => {
    const job = prompt({ milliseconds: 1500, progressSteps: 30 });
    const started = behindProxy().start(['run', 'image.generate', '--prompt', job, '--yes', '--json']);
    await untilSaid(started, 'running');
    const before = proxy.connections;
    proxy.cut();
    const { exitCode, stdout } = await started.ended;
    expect([exitCode, JSON.parse(stdout).status]).toEqual([0, 'succeeded']);
    expect(proxy.connections).toBeGreaterThan(before);
  });

  test('before the answer to a submit makes no second job', async () => {
    const before = (await jobsOf()).length;
    proxy.loseAnswerTo = 'POST /api/v1/media/jobs';
    const user = behindProxy();
    const { exitCode, stderr } = await user.run(['run', 'image.generate', '--prompt', prompt({}), '--yes']);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Trying again')]);
    expect(proxy.loseAnswerTo).toBeNull();
    expect(await jobsOf()).toHaveLength(before + 1);
    expect(runsOf(user)).toEqual([]);
  });

  test('for good ends the wait with 5, and the same command goes on with the same job', async () => {
    const before = (await jobsOf()).length;
    const user = behindProxy({ KILLATAMATA_PATIENCE_SECONDS: '0.2' });
    const args = ['run', 'image.generate', '--prompt', prompt({ milliseconds: 1000 }), '--yes'];
    const started = user.start(args);
    await untilSaid(started, 'running');
    proxy.isDown = true;
    proxy.cut();
    const lost = await started.ended;
    expect([lost.exitCode, lost.stderr]).toEqual([5, expect.stringContaining('killatamata wait job_')]);
    proxy.isDown = false;
    expect(runsOf(user)).toHaveLength(1);
    const again = await user.run(args);
    expect([again.exitCode, again.stdout]).toEqual([0, 'output.json\n']);
    expect(await jobsOf()).toHaveLength(before + 1);
    expect(runsOf(user)).toEqual([]);
    // What was done before is another run.
    expect((await user.run(args)).exitCode).toBe(0);
    expect(await jobsOf()).toHaveLength(before + 2);
  });
});

describe('a job whose events are not to be had', () => {
  test('is looked at again and again instead', async () => {
    const blocking = await appliance.call('POST', '/api/v1/media/jobs', {
      body: fakeJob({ ending: 'hang' }),
    });
    const stream = await fetch(`${appliance.origin}/api/v1/media/jobs/events?jobId=${blocking.body.jobId}`, {
      headers: { authorization: `Bearer ${appliance.apiKey}` },
    });
    const started = behindProxy().start(['wait', blocking.body.jobId, '--json']);
    await untilSaid(started, 'running');
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${blocking.body.jobId}`);
    const { exitCode, stdout } = await started.ended;
    expect([exitCode, JSON.parse(stdout).status]).toEqual([1, 'canceled']);
    await stream.body?.cancel();
  });

  test('goes on where Ctrl-C ends only the wait', async () => {
    const { body } = await appliance.call('POST', '/api/v1/media/jobs', {
      body: fakeJob({ ending: 'hang' }),
    });
    const started = appliance.user().start(['wait', body.jobId]);
    await untilSaid(started, 'running');
    started.signal('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    const { body: job } = await appliance.call('GET', `/api/v1/media/jobs?jobId=${body.jobId}`);
    expect(job.status).toBe('running');
    await appliance.call('DELETE', `/api/v1/media/jobs?jobId=${body.jobId}`);
  });
});

describe('a program that is killed', () => {
  test('leaves a run that the same command takes up, paid for once', async () => {
    const before = (await jobsOf()).length;
    const user = appliance.user();
    const args = ['run', 'image.generate', '--prompt', prompt({ milliseconds: 800 }), '--yes'];
    const started = user.start(args);
    await untilSaid(started, 'running');
    started.signal('SIGKILL');
    await started.ended;
    const { exitCode, stderr } = await user.run(args);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('begun before')]);
    expect(await jobsOf()).toHaveLength(before + 1);
  });

  test('is not mistaken for one that runs: the same twice at once are two jobs', async () => {
    const before = (await jobsOf()).length;
    const user = appliance.user();
    const args = ['run', 'image.generate', '--prompt', prompt({ milliseconds: 600 }), '--yes', '--json'];
    const first = user.start(args);
    await untilSaid(first, 'running');
    const ended = await Promise.all([first.ended, user.run(args)]);
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(await jobsOf()).toHaveLength(before + 2);
  });
});

describe('what is no appliance, or has no such key', () => {
  test('is told, with a code of its own', async () => {
    const user = appliance.user();
    const wrongKey = await user.run(['balance', '--json'], {
      environment: { KILLATAMATA_API_KEY: 'kt_live_nonsense' },
    });
    expect([wrongKey.exitCode, JSON.parse(wrongKey.stdout).code]).toEqual([3, 'unauthorized']);
    const nobody = await user.run(['balance', '--url', 'http://127.0.0.1:1']);
    expect([nobody.exitCode, nobody.stdout]).toEqual([5, '']);
    const noUrl = await user.run(['balance', '--url', 'appliance:8787']);
    expect(noUrl.exitCode).toBe(2);
    const noKey = await newUser().run(['balance', '--url', appliance.origin]);
    expect([noKey.exitCode, noKey.stderr]).toEqual([3, expect.stringContaining('killatamata login')]);
  });

  test('gets no key by a redirect, and a page is no answer', async () => {
    const seen: (string | null)[] = [];
    using thief = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch(request) {
        seen.push(request.headers.get('authorization'));
        return new Response('<html>Welcome</html>', { headers: { 'content-type': 'text/html' } });
      },
    });
    using other = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch: () => Response.redirect(`http://127.0.0.1:${thief.port}/`, 302),
    });
    const user = appliance.user();
    const redirected = await user.run(['balance', '--url', `http://127.0.0.1:${other.port}`]);
    expect([redirected.exitCode, redirected.stderr]).toEqual([5, expect.stringContaining('leads to')]);
    expect(seen).toEqual([]);
    const page = await user.run(['balance', '--url', `http://127.0.0.1:${thief.port}`]);
    expect([page.exitCode, page.stderr]).toEqual([5, expect.stringContaining('no Killa Tamata appliance')]);
  });
});
