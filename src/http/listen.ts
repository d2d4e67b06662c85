import type { AnyElysia } from 'elysia';

/** The address can't be listened on. */
export class AddressUnusable extends Error {
  constructor({ host, port }: { host: string; port: number }, cause: unknown) {
    super(sentence(host, port, cause), { cause });
    this.name = 'AddressUnusable';
  }
}

/** Starts listening; again, once it was stopped. @returns the origin @throws AddressUnusable */
export function listen(app: AnyElysia, address: { host: string; port: number }): string {
  const { host, port } = address;
  const listeners = process.listeners('beforeExit');
  try {
    // Elysia shares a port by default: a second appliance on it would then take half of the requests.
    app.listen({ hostname: host, port, reusePort: false });
  } catch (error) {
    throw new AddressUnusable(address, error);
  }
  // Elysia adds one each time, for an end that the appliance doesn't have: it stops by itself.
  for (const listener of process.listeners('beforeExit')) {
    if (!listeners.includes(listener)) process.off('beforeExit', listener);
  }
  return `http://${host.includes(':') ? `[${host}]` : host}:${app.server?.port}`;
}

function sentence(host: string, port: number, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Stop what uses it, or set KT_PORT to another port.`;
    case 'EACCES':
      return `This user may not listen on port ${port}. Set KT_PORT to one above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return `${host} is not an address of this machine. Set KT_HOST to one that is: 127.0.0.1, or 0.0.0.0 for all.`;
    default:
      return `Nothing can listen on ${host}:${port} (${cause instanceof Error ? cause.message : String(cause)}).`;
  }
}
