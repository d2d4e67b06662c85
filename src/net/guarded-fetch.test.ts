import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createGuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts';
import { GuardedFetchError } from './guarded-fetch-error.ts';

const limits = { connectSeconds: 2, firstByteSeconds: 0.4, stallSeconds: 0.3, bytesPerSecondMin: 1000 };

let folder: string;
let server: ReturnType<typeof Bun.serve>;
/** A second origin on the same machine that nobody trusts. */
let inner: ReturnType<typeof Bun.serve>;
let requests: { method: string; path: string; headers: Headers; body: string }[] = [];
let innerRequests = 0;
const rawServers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kt-fetch-'));
  inner = Bun.serve({
    ...{ port: 0, hostname: '127.0.0.1' },
    fetch() {
      innerRequests++;
      return new Response('secret');
    },
  });
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: answer });
});
afterAll(async () => {
  await Promise.all([server.stop(true), inner.stop(true)]);
  for (const raw of rawServers) raw.close();
  await rm(folder, { recursive: true });
});

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const body = await request.text();
  requests.push({ method: request.method, path: pathname, headers: request.headers, body });
  const redirect = (location: string, status = 302) => new Response(null, { status, headers: { location } });
  switch (pathname) {
    case '/hello':
      return new Response('hello', { headers: { 'content-type': 'Image/PNG; charset=x' } });
    case '/big':
      return new Response('x'.repeat(100_000));
    case '/many-chunks':
      return new Response(chunked());
    case '/big-chunked':
      return new Response(endless());
    case '/to':
      return redirect(searchParams.get('url') ?? '');
    case '/hops': {
      const left = Number(searchParams.get('left'));
      return redirect(left === 0 ? '/hello' : `/hops?left=${left - 1}`, 307);
    }
    case '/loop':
      return redirect('/loop');
    case '/gzip':
      return new Response(gzipSync(Buffer.alloc(1_000_000)), { headers: { 'content-encoding': 'gzip' } });
    case '/status':
      return new Response('no', {
        status: Number(searchParams.get('code')),
        headers: { 'retry-after': '7' },
      });
    default:
      return new Promise<Response>(() => {});
  }
}

/** 5 MB of bytes that no two places share, in uneven pieces. */
const manyBytes = new Uint8Array(5_000_000).map((_, i) => (i * 7919) >> (i % 13));
function chunked(): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(manyBytes.subarray(at, (at += 12_345)));
      if (at >= manyBytes.length) controller.close();
    },
  });
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) });
}

/** A server that answers every connection's first bytes with `reply`. */
async function rawServer(reply: (socket: Socket) => void): Promise<string> {
  const raw = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => reply(socket));
  });
  rawServers.push(raw);
  const listening = Promise.withResolvers<void>();
  raw.listen(0, '127.0.0.1', listening.resolve);
  await listening.promise;
  const address = raw.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function guarded(changes: Partial<GuardedFetchOptions> = {}) {
  return createGuardedFetch({
    ...{ allowPrivateNetworks: false, trustedOrigins: [server.url.origin], limits },
    ...changes,
  });
}

const download = { bytesMax: 50_000, timeoutSeconds: 5 };
let files = 0;
const newPath = () => join(folder, String(files++));

/** The code that `url` is refused with; a refusal leaves no file. */
async function codeOf(
  url: string,
  changes: Partial<GuardedFetchOptions> = {},
  more: object = {},
): Promise<string> {
  const path = newPath();
  const error = await guarded(changes)
    .download(url, { ...download, path, ...more })
    .then(
      () => null,
      (failure: unknown) => failure,
    );
  expect(await Bun.file(path).exists()).toBe(false);
  if (error === null) return 'fetched';
  if (!(error instanceof GuardedFetchError)) throw error;
  return error.code;
}

const on = (path: string) => new URL(path, server.url).href;
/** The trusted server under a name, whose address only `resolveName` knows. */
const named = (host: string, path = '/hello') => `http://${host}:${server.port}${path}`;

describe('a download', () => {
  test('is written to disk with its hash, size and claimed type', async () => {
    const path = newPath();
    const got = await guarded().download(on('/hello'), { ...download, path });
    expect(got).toEqual({
      ...{ bytes: 5, mimeType: 'image/png', url: on('/hello') },
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
    expect(await Bun.file(path).text()).toBe('hello');
  });

  test('of many chunks arrives whole and in order', async () => {
    const path = newPath();
    const got = await guarded().download(on('/many-chunks'), { ...download, bytesMax: 5_000_000, path });
    expect(got.bytes).toBe(5_000_000);
    expect(Buffer.from(await Bun.file(path).bytes()).equals(manyBytes)).toBe(true);
    expect(got.sha256).toBe(new Bun.CryptoHasher('sha256').update(manyBytes).digest('hex'));
    await rm(path);
  });

  test('asks for plain bytes and says who asks', async () => {
    requests = [];
    await guarded().download(on('/hello'), { ...download, path: newPath() });
    expect(requests[0]?.headers.get('accept-encoding')).toBe('identity');
    expect(requests[0]?.headers.get('user-agent')).toBe('killa-tamata');
    expect(requests[0]?.headers.get('host')).toBe(server.url.host);
  });

  test('follows three redirects and no fourth', async () => {
    const got = await guarded().download(on('/hops?left=2'), { ...download, path: newPath() });
    expect(got.url).toBe(on('/hello'));
    expect(await codeOf(on('/hops?left=3'))).toBe('too_many_redirects');
    expect(await codeOf(on('/loop'))).toBe('too_many_redirects');
  });

  test('never overwrites a file', async () => {
    const path = newPath();
    await Bun.write(path, 'mine');
    await expect(guarded().download(on('/hello'), { ...download, path })).rejects.toThrow('EEXIST');
    expect(await Bun.file(path).text()).toBe('mine');
  });
});

describe('URLs that are refused before any connection', () => {
  test.each([
    ...[
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'ftp://example.com/a',
      'data:image/png;base64,AAAA',
      'a.png',
      '',
    ],
    ...[
      'http://user:pass@example.com/',
      'http://user@example.com/',
      'http://[example.com]/',
      'http://ho st/',
    ],
  ])('not an outbound URL: %s', async (url) => expect(await codeOf(url)).toBe('bad_url'));

  test.each([
    ...[
      'http://127.1',
      'http://2130706433',
      'http://0177.0.0.1',
      'http://0x7f000001',
      'http://0x7f.1',
      'http://0',
    ],
    ...[
      'http://%6cocalhost',
      'http://localhost',
      'http://localhost.',
      'http://127.0.0.1.',
      'http://①②⑦.0.0.1',
    ],
    ...[
      'http://0.0.0.0',
      'http://[::]',
      'http://[::1]',
      'http://[::ffff:127.0.0.1]',
      'http://[::ffff:7f00:1]',
    ],
    ...['http://[64:ff9b::7f00:1]', 'http://[2002:7f00:1::]', 'http:\\\\127.0.0.1', 'http://x.localhost'],
  ])('loopback, oddly spelt: %s', async (origin) => {
    const before = requests.length;
    expect(
      await codeOf(`${origin}:${server.port}/hello`, { trustedOrigins: [], allowPrivateNetworks: true }),
    ).toBe('forbidden_address');
    expect(requests.length).toBe(before);
  });

  test.each([
    'http://169.254.169%2e254/latest',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://224.0.0.1/',
  ])('metadata and multicast, even where private networks are allowed: %s', async (url) =>
    expect(await codeOf(url, { allowPrivateNetworks: true })).toBe('forbidden_address'),
  );

  test.each([
    'http://10.0.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://[fd12::1]/',
    'http://nas.local/',
  ])('private networks where they are not allowed: %s', async (url) =>
    expect(await codeOf(url)).toBe('forbidden_address'),
  );

  test('trust is for the exact origin: scheme, host and port', async () => {
    expect(await codeOf(inner.url.href)).toBe('forbidden_address');
    expect(await codeOf(`https://127.0.0.1:${server.port}/hello`)).toBe('forbidden_address');
    expect(await codeOf(`http://localhost:${server.port}/hello`)).toBe('forbidden_address');
    const trailing = { trustedOrigins: [server.url.href] };
    await guarded(trailing).download(on('/hello'), { ...download, path: newPath() });
  });
});

describe('names', () => {
  test('every address of a name has to pass', async () => {
    const mixed = async () => ['8.8.8.8', '127.0.0.1'];
    expect(await codeOf(named('mixed.example'), { resolveName: mixed })).toBe('forbidden_address');
    const privately = async () => ['192.168.1.1'];
    expect(await codeOf(named('lan.example'), { resolveName: privately })).toBe('forbidden_address');
  });

  test('a name that changes its answer is asked once, and the judged address is the one connected to', async () => {
    const asked: string[] = [];
    const rebinding = async (name: string) => {
      asked.push(name);
      // The first answer is judged good (nothing listens there); a second would lead inside.
      return asked.length === 1 ? ['10.255.255.1'] : ['127.0.0.1'];
    };
    const before = requests.length;
    const changes = {
      resolveName: rebinding,
      allowPrivateNetworks: true,
      limits: { ...limits, connectSeconds: 0.3 },
    };
    expect(await codeOf(named('rebind.example'), changes)).toBe('connect_failed');
    expect(asked).toEqual(['rebind.example']);
    expect(requests.length).toBe(before);
  });

  test('the connection goes to the answered address, with the name in the Host header', async () => {
    requests = [];
    const trusting = {
      trustedOrigins: [`http://files.example:${server.port}`],
      resolveName: async () => ['127.0.0.1'],
    };
    await guarded(trusting).download(named('files.example'), { ...download, path: newPath() });
    expect(requests[0]?.headers.get('host')).toBe(`files.example:${server.port}`);
  });

  test('an address that does not answer is followed by the next one', async () => {
    const resolveName = async () => ['127.0.0.2', '127.0.0.1'];
    const trusting = { trustedOrigins: [`http://files.example:${server.port}`], resolveName };
    await guarded(trusting).download(named('files.example'), { ...download, path: newPath() });
  });

  test('a name that is not found', async () => {
    const nothing = async () => [];
    const failing = async () => {
      throw new Error('ENOTFOUND');
    };
    expect(await codeOf('http://a.example/', { resolveName: nothing })).toBe('name_not_found');
    expect(await codeOf('http://a.example/', { resolveName: failing })).toBe('name_not_found');
  });

  test('a resolver that never answers does not outlast the time limit', async () => {
    const resolveName = () => new Promise<string[]>(() => {});
    expect(await codeOf('http://a.example/', { resolveName }, { timeoutSeconds: 0.1 })).toBe('timeout');
  });
});

describe('redirects', () => {
  test.each([
    () => inner.url.href,
    () => `http://localhost:${inner.port}/`,
    () => `http://[::ffff:127.0.0.1]:${inner.port}/`,
    () => 'http://169.254.169.254/latest/meta-data/',
    () => '//127.0.0.1:1/',
  ])('inward are refused (%#)', async (target) => {
    expect(await codeOf(on(`/to?url=${encodeURIComponent(target())}`))).toBe('forbidden_address');
    expect(innerRequests).toBe(0);
  });

  test('to another scheme, with credentials, or to nothing are refused', async () => {
    expect(await codeOf(on('/to?url=file:///etc/passwd'))).toBe('bad_url');
    expect(await codeOf(on(`/to?url=${encodeURIComponent('http://a:b@example.com/')}`))).toBe('bad_url');
    expect(await codeOf(on('/to?url='))).toBe('bad_redirect');
  });
});

describe('bodies and servers that misbehave', () => {
  test('too large, announced or not', async () => {
    expect(await codeOf(on('/big'))).toBe('too_large');
    expect(await codeOf(on('/big-chunked'))).toBe('too_large');
  });

  test('compressed although nobody asked', async () =>
    expect(await codeOf(on('/gzip'))).toBe('encoded_body'));

  test('a status other than 200', async () => {
    for (const code of [204, 206, 404, 500])
      expect(await codeOf(on(`/status?code=${code}`))).toBe('bad_status');
  });

  test('no answer', async () => {
    expect(await codeOf(on('/never'))).toBe('timeout');
    const patient = { limits: { ...limits, firstByteSeconds: 60 } };
    expect(await codeOf(on('/never'), patient, { timeoutSeconds: 0.1 })).toBe('timeout');
  });

  test('a body that trickles', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 40000\r\n\r\n';
    const trickle = await rawServer((socket) => {
      socket.write(head);
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    const stopped = await rawServer((socket) => void socket.write(`${head}xxx`));
    for (const origin of [trickle, stopped]) {
      expect(await codeOf(origin, { trustedOrigins: [origin] })).toBe('too_slow');
      const patient = { trustedOrigins: [origin], limits: { ...limits, stallSeconds: 60 } };
      expect(await codeOf(origin, patient, { timeoutSeconds: 0.2 })).toBe('timeout');
    }
  });

  test.each([
    ['ends before its length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'truncated'],
    ['ends inside a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc', 'truncated'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'bad_response'],
    ['hangs up', '', 'bad_response'],
    [
      'frames its body twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
      'bad_response',
    ],
    [
      'sends endless headers',
      `HTTP/1.1 200 OK\r\n${`x-a: ${'y'.repeat(999)}\r\n`.repeat(1000)}`,
      'bad_response',
    ],
  ])('a server that %s', async (_, reply, code) => {
    const origin = await rawServer((socket) => socket.end(reply));
    expect(await codeOf(origin, { trustedOrigins: [origin] })).toBe(code);
  });

  test('nobody listens', async () => {
    const origin = 'http://127.0.0.1:1';
    expect(await codeOf(origin, { trustedOrigins: [origin] })).toBe('connect_failed');
  });

  test('canceled by the caller, before and during', async () => {
    expect(await codeOf(on('/hello'), {}, { signal: AbortSignal.abort() })).toBe('canceled');
    const stopping = new AbortController();
    const patient = { limits: { ...limits, firstByteSeconds: 60 } };
    const before = requests.length;
    const work = codeOf(on('/never'), patient, { signal: stopping.signal });
    while (requests.length === before) await Bun.sleep(2);
    stopping.abort();
    expect(await work).toBe('canceled');
  });

  test('no refusal left a file behind', async () => {
    for (const name of await readdir(folder)) {
      expect(await Bun.file(join(folder, name)).text()).toMatch(/^(hello|mine)$/);
    }
  });
});

describe('https', () => {
  test('the certificate has to be for the name in the URL, not for the address', async () => {
    const { cert, key, certPath } = await selfSignedCertificate('good.example');
    const secure = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      tls: { cert, key },
      fetch: () => new Response('hello'),
    });
    const program = `
      import { createGuardedFetch } from '${import.meta.dir}/guarded-fetch.ts';
      for (const host of ['good.example', 'evil.example', '127.0.0.1']) {
        const origin = 'https://' + host + ':${secure.port}';
        const resolveName = async () => ['127.0.0.1'];
        const fetcher = createGuardedFetch({ allowPrivateNetworks: false, trustedOrigins: [origin], resolveName });
        const path = '${folder}/secure-' + host;
        const got = await fetcher.download(origin, { path, bytesMax: 9, timeoutSeconds: 5 }).catch((error) => error);
        process.stdout.write(host + ': ' + (got.code ?? got.bytes) + '\\n');
      }
    `;
    try {
      const trusting = await runProgram(program, { NODE_EXTRA_CA_CERTS: certPath });
      expect(trusting).toBe('good.example: 5\nevil.example: bad_response\n127.0.0.1: bad_response\n');
      expect(await runProgram(program, {})).toStartWith('good.example: bad_response\n');
    } finally {
      await secure.stop(true);
    }
  });
});

/** Runs `program` in a Bun of its own, for what only a process's start settles; answers its output. */
async function runProgram(program: string, env: Record<string, string>): Promise<string> {
  const child = Bun.spawn([process.execPath, '-e', program], { env, stdout: 'pipe', stderr: 'inherit' });
  return new Response(child.stdout).text();
}

async function selfSignedCertificate(name: string): Promise<{ key: string; cert: string; certPath: string }> {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-days', '2'];
  const make = [
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ];
  const made = Bun.spawn([...make, ...subject, '-keyout', key, '-out', cert], { stderr: 'ignore' });
  expect(await made.exited).toBe(0);
  return { key: await Bun.file(key).text(), cert: await Bun.file(cert).text(), certPath: cert };
}

describe('the environment', () => {
  test('a proxy that it names is not asked', async () => {
    const program = `
      import { createGuardedFetch } from '${import.meta.dir}/guarded-fetch.ts';
      const origin = '${server.url.origin}';
      const fetcher = createGuardedFetch({ allowPrivateNetworks: false, trustedOrigins: [origin] });
      const got = await fetcher.download(origin + '/hello', { path: '${newPath()}', bytesMax: 99, timeoutSeconds: 5 });
      const direct = await fetch(origin + '/hello').then(() => 'reached', () => 'went to the proxy');
      process.stdout.write(got.bytes + ' bytes; plain fetch ' + direct);
    `;
    const proxy = 'http://127.0.0.1:1';
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
    const env = Object.fromEntries(names.map((name) => [name, proxy]));
    const said = await runProgram(program, { ...env, NODE_USE_ENV_PROXY: '1', NO_PROXY: '', no_proxy: '' });
    // The second half proves that the proxy setting was in force.
    expect(said).toBe('5 bytes; plain fetch went to the proxy');
  });
});

describe('a post', () => {
  const post = { headers: { 'webhook-id': 'msg_1', 'content-type': 'application/json' }, timeoutSeconds: 2 };

  test('delivers headers and body, and answers any status', async () => {
    requests = [];
    const got = await guarded().post(on('/status?code=503'), { ...post, body: '{"a":"ü"}' });
    expect(got).toEqual({ status: 503 });
    expect(requests[0]).toMatchObject({ method: 'POST', body: '{"a":"ü"}' });
    expect(requests[0]?.headers.get('webhook-id')).toBe('msg_1');
    expect(requests[0]?.headers.get('content-length')).toBe('10');
  });

  test('follows no redirect and waits for no endless answer', async () => {
    const got = await guarded().post(on(`/to?url=${inner.url.href}`), { ...post, body: '{}' });
    expect(got.status).toBe(302);
    expect(innerRequests).toBe(0);
    const long = await guarded().post(on('/big-chunked'), { ...post, body: '{}' });
    expect(long.status).toBe(200);
  });

  test('waits for the first byte as long as it may take in all', async () => {
    const limitsOfPost = { ...limits, firstByteSeconds: 0.01 };
    using slow = Bun.serve({
      ...{ hostname: '127.0.0.1', port: 0 },
      fetch: () => Bun.sleep(100).then(() => new Response('late')),
    });
    const fetcher = guarded({ trustedOrigins: [slow.url.origin], limits: limitsOfPost });
    expect(await fetcher.post(slow.url.href, { ...post, body: '{}' })).toEqual({ status: 200 });
    await expect(
      fetcher.post(slow.url.href, { ...post, body: '{}', timeoutSeconds: 0.05 }),
    ).rejects.toThrow();
  });

  test('goes through the same guard', async () => {
    const refused = guarded().post(inner.url.href, { ...post, body: '{}' });
    await expect(refused).rejects.toMatchObject({ code: 'forbidden_address' });
    await refused.catch(() => {});
    expect(innerRequests).toBe(0);
  });
});
