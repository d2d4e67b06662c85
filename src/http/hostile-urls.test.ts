import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { hostname, networkInterfaces } from 'node:os';
import sharp from 'sharp';
import { tasks } from '../tasks/registry.ts';
import { type AttackedAppliance, startAttackedAppliance } from '../testing/attacked-appliance.ts';
import { type Canary, startCanary } from '../testing/canary.ts';
import { type HostileServer, startHostileServer } from '../testing/hostile-server.ts';
import type { Answer } from '../testing/test-appliance.ts';

/**
 * URLs as a way in: whatever a client writes and whatever a server answers, nobody comes to the canary, no file
 * stays and nothing is charged. Names that lie are in `rebinding.test.ts`.
 */

let canary: Canary;
let server: HostileServer;
let appliance: AttackedAppliance;
/** This test's own visits to the canary. */
const own = 2;
let before: Awaited<ReturnType<AttackedAppliance['state']>>;

beforeAll(async () => {
  const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#27c' } })
    .png()
    .toBuffer();
  canary = await startCanary(image);
  server = await startHostileServer(image);
  const proxy = `http://127.0.0.1:${canary.port}`;
  const proxies = ['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [
    [name, proxy],
    [name.toUpperCase(), proxy],
  ]);
  appliance = await startAttackedAppliance({
    settings: {
      ...Object.fromEntries(proxies),
      KT_INPUTS_TRUSTED_ORIGINS: server.origin,
      KT_INPUTS_FETCH_SECONDS: '1',
      KT_INPUTS_MAX_IMAGE_BYTES: '1000000',
    },
  });
  before = await appliance.state();
  // The canary hears who comes, by whatever address.
  for (const host of ['127.0.0.1', '[::1]']) await fetch(`http://${host}:${canary.port}/`);
  expect(canary.connections()).toBe(own);
});
afterAll(async () => {
  for (const part of [appliance, canary, server]) await part[Symbol.asyncDispose]();
});
afterEach(async () => {
  expect(canary.connections()).toBe(own);
  expect(await appliance.state()).toEqual(before);
});

const edit = (sourceImage: unknown) => ({ task: 'image.edit', input: { prompt: 'noir', sourceImage } });

function expectRefusal({ status, body }: Answer, path: string): void {
  expect({ status, code: body.code, path: body.details?.issues?.[0]?.path }).toEqual({
    ...{ status: 422, code: 'invalid_input', path },
  });
  expect(body.error).toStartWith(`${path}: `);
}

/** Submits and quotes the URL as a source image; both must refuse it and name the field. */
async function refuses(url: string): Promise<string> {
  const submitted = await appliance.post('/api/v1/media/jobs', edit(url));
  const quoted = await appliance.post('/api/v1/media/quote', edit(url));
  for (const answer of [submitted, quoted]) expectRefusal(answer, '/input/sourceImage');
  return submitted.body.details.issues[0].message;
}

const forbidden = /never fetches from|private network/;
const port = () => canary.port;

const thisMachine = [
  ...['127.0.0.1', '127.1', '127.0.1', '127.0.0.2', '127.255.255.254', '127.0.0.1.', '2130706433', '0'],
  ...['017700000001', '0177.0.0.1', '0177.0.0.01', '0x7f000001', '0x7f.0.0.1', '0x7f.1', '0X7F.0x0.0.0x1'],
  ...[
    '0.0.0.0',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
  ],
  ...[
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
  ],
  ...['[2001:0:7f00:1::]', '[fe80::5efe:127.0.0.1]', '[2001:db8::5efe:127.0.0.1]', '[fe80::1]'],
  ...[
    'localhost',
    'LOCALHOST',
    'LocalHost.',
    'anything.localhost',
    '%6cocalhost',
    'localhos%74',
    '%31%32%37.1',
  ],
  ...[
    '１２７.０.０.１',
    '127。0。0。1',
    '①②⑦.0.0.1',
    'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
    '127.0.0.1%2e',
    '\u00ad127.0.0.1',
    hostname(),
  ],
];
const metadataAndOthers = [
  ...[
    '169.254.169.254',
    '169.254.169%2e254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.16689662',
  ],
  ...[
    '[::ffff:169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[fd00:ec2::254]',
    '[fd20:ce::254]',
    '100.100.100.200',
  ],
  ...[
    '192.0.0.192',
    '168.63.129.16',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.1.1',
    '100.64.0.1',
  ],
  ...['198.18.0.1', '[fc00::1]', '[fdff::1]', '[fec0::1]', 'printer.local', '224.0.0.1', '239.255.255.250'],
  ...[
    '240.0.0.1',
    '255.255.255.255',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '[ff02::1]',
    '[2001:db8::1]',
  ],
  ...['[2002:a00:1::]', '[::ffff:10.0.0.1]', '[fe80::5efe:10.0.0.1]'],
];
const ownAddresses = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));

describe('addresses that lead inward', () => {
  test.each([...new Set([...thisMachine, ...ownAddresses])])('this machine as %s', async (host) => {
    expect(await refuses(`http://${host}:${port()}/a.png`)).toMatch(forbidden);
    expect(await refuses(`https://${host}:${port()}/a.png`)).toMatch(forbidden);
  });

  test.each(metadataAndOthers)('metadata services, private and reserved networks: %s', async (host) => {
    expect(await refuses(`http://${host}/latest/meta-data/`)).toMatch(forbidden);
  });

  test('the appliance itself', async () => {
    expect(await refuses(`${appliance.origin}/api/v1/balance`)).toMatch(forbidden);
    expect(await refuses(`${appliance.origin}/files/job_1/image.png?exp=9999999999&sig=AAAA`)).toMatch(
      forbidden,
    );
  });

  test('an origin that is trusted but for its port, scheme or user', async () => {
    const trusted = new URL(server.origin);
    for (const url of [
      `http://127.0.0.1:${port()}/`,
      `https://${trusted.host}/good`,
      `http://localhost:${trusted.port}/good`,
      `http://127.1.1.1:${trusted.port}/good`,
    ]) {
      expect(await refuses(url)).toMatch(forbidden);
    }
  });
});

describe('what is no URL to fetch', () => {
  const noUrl = [
    ...[
      'file:///etc/passwd',
      'file://localhost/etc/passwd',
      'FILE:///etc/passwd',
      '/etc/passwd',
      '../../etc/passwd',
    ],
    ...[
      'gopher://127.0.0.1:6379/_FLUSHALL',
      'ftp://127.0.0.1/a.png',
      'dict://127.0.0.1:11211/stat',
      'ldap://127.0.0.1',
    ],
    ...[
      'jar:http://127.0.0.1!/',
      'javascript:alert(1)',
      'blob:http://127.0.0.1/x',
      'ws://127.0.0.1/',
      'tcp://127.0.0.1:1',
    ],
    ...[
      'concat:/etc/passwd|/etc/hosts',
      'subfile,,start,0,end,0,,:/etc/passwd',
      'pipe:0',
      'crypto:/etc/passwd',
    ],
    ...[
      'hls+http://127.0.0.1/',
      'http:',
      'http://',
      'http:///',
      'HTTP',
      '//127.0.0.1/',
      ' http://127.0.0.1/',
      '-i',
      '',
    ],
    ...[
      'data:text/html,<script>1</script>',
      'data:text/html;base64,PHNjcmlwdD4=',
      'data:,hello',
      'data:',
      'data:;base64,',
    ],
    ...[
      'data:image/svg+xml;base64,PHN2Zy8+',
      'data:image/gif;base64,R0lGODlhAQABAAAAACw=',
      'data:image/png,abc',
    ],
    ...[
      'data:application/json;base64,e30=',
      'data:application/octet-stream;base64,AAAA',
      'data:video/mp4;base64,AAAA',
    ],
    ...['data:image/png;base64,####', 'data:image/png;charset=utf-8,abc', 'DATA:text/html,1'],
  ];
  test.each(noUrl)('%s', async (url) => {
    await refuses(url);
  });

  test.each([
    'data:image/png;base64,PHNjcmlwdD4=',
    'data:;base64,PHN2Zy8+',
    'DATA:image/jpeg;base64,PHN2Zy8+',
  ])('an image that is none: %s is a 415', async (url) => {
    for (const path of ['/api/v1/media/jobs', '/api/v1/media/quote']) {
      const { status, body } = await appliance.post(path, edit(url));
      expect([status, body.code]).toEqual([415, 'wrong_media_type']);
      expect(body.details.issues[0].path).toBe('/input/sourceImage');
    }
  });

  test('credentials, and authorities that read in two ways', async () => {
    const [trusted, inner] = [new URL(server.origin).host, `127.0.0.1:${port()}`];
    for (const url of [
      `http://user:pass@${inner}/`,
      `http://user:pass@${trusted}/good`,
      `http://${trusted}@${inner}/good`,
      `http://${trusted}%40${inner}/good`,
      `http://${trusted}#@${inner}/../../x`,
      `http://${inner}\\@${trusted}/good`,
      `http://${inner}\t.example.com/`,
      `http:\\\\${inner}/`,
      `http:/${inner}/`,
      `http:${inner}/`,
      `http://${inner}#${trusted}`,
      `http://${trusted} ${inner}/`,
      `http://[example.com]/`,
      `http://127.0.0.1:99999/`,
      `http://127.0.0.1:-1/`,
      `http://1.2.3.4.5:${port()}/`,
      `http://256.256.256.256/`,
      `http://0x100000000/`,
    ]) {
      await refuses(url);
    }
  });

  test('a header that is smuggled in by the path is a path', async () => {
    const seen = server.requests.length;
    await refuses(`${server.origin}/missing\r\nX-Evil: 1\r\n\r\nGET /good HTTP/1.1`);
    const requests = server.requests.slice(seen).join('');
    expect(requests).not.toMatch(/^X-Evil/im);
    expect(requests.match(/^GET \S+ HTTP\/1\.1\r$/gm)).toHaveLength(2);
  });
});

describe('every field that takes a file', () => {
  /** A reference recording belongs to a frame or to a transcript. */
  const withReference: Record<string, object> = {
    'video.generate': { startFrameImage: 'https://cdn.example.com/a.png' },
    'audio.speak': {
      mode: 'voice_clone',
      referenceTranscript: 'Rin keeps her voice low.',
      voiceDescription: undefined,
    },
  };
  const fields = [...tasks.values()].flatMap(({ name, inputSchema, example }) =>
    Object.entries(inputSchema.properties)
      .filter(([, schema]) => JSON.stringify(schema).includes('https?:'))
      .map(([field, schema]) => {
        // An alias stands for another field, and both at once are refused before anything is fetched.
        const slotOf = (other: string) =>
          /^The same as `(\w+)`/.exec(inputSchema.properties[other]?.description ?? '')?.[1] ?? other;
        const others = Object.entries(example).filter(([other]) => slotOf(other) !== slotOf(field));
        return { task: name, field, isList: schema['type'] === 'array', others };
      }),
  );

  test('is here', () => expect(fields.length).toBeGreaterThanOrEqual(20));

  test.each(fields)('$task $field', async ({ task, field, isList, others }) => {
    const url = `http://127.0.0.1:${port()}/a`;
    const more = field.startsWith('referenceAudio') ? withReference[task] : {};
    const example = JSON.stringify({ ...Object.fromEntries(others), ...more });
    const good = JSON.parse(example.replaceAll(/https:[^"]*/g, `${server.origin}/good`));
    const input = { ...good, [field]: isList ? [url, url] : url };
    const { status, body } = await appliance.post('/api/v1/media/quote', { task, input });
    expect(status).toBe(422);
    expect(body.details.issues).toContainEqual({
      ...{ path: isList ? `/input/${field}/0` : `/input/${field}`, code: 'not_fetched' },
      message: expect.stringMatching(forbidden),
    });
  });
});

describe('redirects from a trusted origin', () => {
  const through = (to: string, status = 302) =>
    `${server.origin}/redirect?status=${status}&to=${encodeURIComponent(to)}`;

  test.each([301, 302, 303, 307, 308])('%i inward', async (status) => {
    expect(await refuses(through(`http://127.0.0.1:${port()}/a.png`, status))).toMatch(forbidden);
  });

  test.each([...thisMachine, ...ownAddresses])('to %s', async (host) => {
    expect(
      await refuses(
        through(
          `http://${encodeURI(host).replaceAll('%25', '%').replaceAll('%5B', '[').replaceAll('%5D', ']')}:${port()}/a.png`,
        ),
      ),
    ).toMatch(forbidden);
  });

  test('to other schemes, with credentials, without a scheme, to nothing', async () => {
    for (const to of [
      ...['file:///etc/passwd', 'gopher://127.0.0.1/', 'data:image/png;base64,AAAA', 'ftp://127.0.0.1/', ''],
      ...[`http://user@127.0.0.1:${port()}/`, 'javascript:1', 'http://', `//localhost:${port()}/a.png`],
      ...[`//127.0.0.1:${port()}/a.png`, `\\\\127.0.0.1:${port()}\\a.png`, `/\\127.0.0.1:${port()}/`],
    ]) {
      await refuses(through(to));
    }
  });

  test('after other redirects, and in a loop', async () => {
    const inward = `http://127.0.0.1:${port()}/`;
    expect(await refuses(through(through(inward)))).toMatch(forbidden);
    expect(await refuses(through(through(through(inward))))).toMatch(forbidden);
    const good = `${server.origin}/good`;
    expect(await refuses(through(through(through(through(good)))))).toContain('more than 3 times');
    expect(await refuses(`${server.origin}/loop`)).toContain('more than 3 times');
  });

  test('that are no redirects are not followed', async () => {
    const to = encodeURIComponent(`http://127.0.0.1:${port()}/`);
    await refuses(`${server.origin}/redirect?status=300&to=${to}`);
    await refuses(`${server.origin}/redirect?status=304&to=${to}`);
    await refuses(`${server.origin}/redirect?status=305&to=${to}`);
    await refuses(`${server.origin}/refresh?to=${to}`);
  });

  test('carry none of the caller’s credentials', async () => {
    const seen = server.requests.length;
    await refuses(through(`${server.origin}/missing`));
    const requests = server.requests.slice(seen);
    expect(requests).toHaveLength(4);
    for (const request of requests) {
      expect(request).not.toMatch(/^(authorization|x-api-key|cookie|proxy-authorization|referer):/im);
      expect(request).not.toContain(appliance.apiKey);
    }
  });
});

describe('answers of a trusted origin', () => {
  const tricks: [path: string, message: RegExp][] = [
    ['/huge-told', /larger than/],
    ['/huge-untold', /larger than/],
    ['/endless-chunks', /larger than/],
    ['/endless-headers', /did not answer in HTTP|longer than 1 second/],
    ['/endless-continues', /longer than 1 second|did not answer/],
    ['/endless-hints', /longer than 1 second|did not answer/],
    ['/drip', /longer than 1 second/],
    ['/drip-headers', /longer than 1 second/],
    ['/silent', /longer than 1 second/],
    ['/silent-body', /longer than 1 second/],
    ['/gzip', /compressed/],
    ['/deflate', /compressed/],
    ['/br', /compressed/],
    ['/gzip-twice', /compressed/],
    ['/unknown-encoding', /compressed/],
    ['/too-short', /ended its file early/],
    ['/too-long', /broken or cut short/],
    ['/negative-length', /did not answer in HTTP/],
    ['/two-lengths', /./],
    ['/length-and-chunks', /./],
    ['/bad-chunks', /./],
    ['/huge-chunk', /./],
    ['/half-chunks', /ended its file early/],
    ['/no-http', /did not answer in HTTP/],
    ['/http-0.9', /did not answer in HTTP/],
    ['/hang-up', /did not answer in HTTP/],
    ['/empty', /empty/],
    ...[201, 202, 203, 204, 205, 206, 226, 400, 401, 403, 404, 407, 418, 429, 500, 503, 599].map(
      (code): [string, RegExp] => [`/status?code=${code}`, new RegExp(`status ${code}`)],
    ),
  ];

  /** All at once: most of them wait for a time limit. */
  let answers: Map<string, Answer>;
  beforeAll(async () => {
    const entries = tricks.map(async ([path]): Promise<[string, Answer]> => [
      path,
      await appliance.post('/api/v1/media/jobs', edit(server.origin + path)),
    ]);
    answers = new Map(await Promise.all(entries));
  });

  test.each(tricks)('%s', (path, message) => {
    const { status, body } = answers.get(path) ?? {};
    expect(status).toBe(message.source === 'larger than' ? 413 : 422);
    expect(body.details.issues[0]).toMatchObject({
      path: '/input/sourceImage',
      message: expect.stringMatching(message),
    });
  });

  test('bytes that are no image whatever they are called', async () => {
    const { status, body } = await appliance.post('/api/v1/media/jobs', edit(`${server.origin}/html`));
    expect([status, body.code]).toEqual([415, 'wrong_media_type']);
  });

  test('a good one is taken all the same, past every proxy of the environment', async () => {
    const { status } = await appliance.post('/api/v1/media/quote', edit(`${server.origin}/good`));
    expect(status).toBe(200);
  });
});

describe('webhooks', () => {
  const hosts = [
    '127.0.0.1',
    '2130706433',
    '[::ffff:7f00:1]',
    'localhost',
    'user@example.com',
    '169.254.169.254',
  ];
  test.each([...hosts, ...ownAddresses])('are not sent to %s', async (host) => {
    const { status, body } = await appliance.post('/api/v1/media/jobs', {
      task: 'image.generate',
      input: { prompt: 'x' },
      webhookUrl: `http://${host}:${port()}/`,
    });
    expect([status, body.details.issues[0].path]).toEqual([422, '/webhookUrl']);
  });
});
