// The page /device. It shows who asks and sends what the person decides; it decides nothing by itself.

const part = (id) => document.getElementById(id);
const say = (text) => {
  part('outcome').textContent = text;
};
/** Texts of a device that nobody knows: nothing that hides or turns letters. */
const printable = (text) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}');

/** @returns the answer's body; throws an Error with the appliance's own sentence */
async function call(path, options = {}) {
  const response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

const endings = {
  approved: 'This device was approved already.',
  completed: 'This device was approved already and has its key.',
  denied: 'This device was denied.',
};

let userCode = '';

async function lookUp() {
  part('request').hidden = true;
  say('');
  userCode = part('code').value.trim();
  if (userCode === '') return;
  const link = await call(`/api/v1/device/link/request?userCode=${encodeURIComponent(userCode)}`);
  if (link.status !== 'pending') return say(endings[link.status]);
  part('device').textContent = printable(link.keyLabel ?? 'without a name');
  part('address').textContent = printable(link.requestedFrom.clientAddress);
  part('program').textContent = printable(link.requestedFrom.userAgent);
  part('asked').textContent = new Date(link.createdAt).toLocaleString();
  part('shown-code').textContent = userCode.toUpperCase();
  part('request').hidden = false;
}

/** Whoever is signed in with this browser needs no key. */
async function showSession() {
  const response = await fetch('/api/v1/auth/browser/session', {
    credentials: 'same-origin',
    cache: 'no-store',
  });
  if (!response.ok) return;
  const { email, name } = await response.json();
  part('account').textContent = email ?? name;
  part('session').hidden = false;
  part('key-part').hidden = true;
}

async function decide(decision) {
  const key = part('key').value.trim();
  const isSignedIn = !part('session').hidden;
  if (key === '' && !isSignedIn) {
    say('Paste one of your API keys first.');
    return part('key').focus();
  }
  const headers = {
    'content-type': 'application/json',
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
  };
  const body = JSON.stringify({ userCode, decision });
  await call('/api/v1/device/link/approve', { method: 'POST', headers, body });
  part('key').value = '';
  part('request').hidden = true;
  part('code-form').hidden = true;
  say(
    decision === 'approve' ? 'Approved. The device goes on by itself; you can close this page.' : 'Denied.',
  );
}

/** Runs what a person asked for, once at a time, and says what went wrong. */
async function attempt(work) {
  const buttons = [...document.querySelectorAll('button')];
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

for (const form of document.forms) form.addEventListener('submit', (event) => event.preventDefault());
part('code-form').addEventListener('submit', () => void attempt(lookUp));
part('approve').addEventListener('click', () => void attempt(() => decide('approve')));
part('deny').addEventListener('click', () => void attempt(() => decide('deny')));
part('code').value = new URLSearchParams(location.search).get('userCode') ?? '';
await showSession();
await attempt(lookUp);
