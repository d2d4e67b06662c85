/** Where clients look for what is at `/mcp` before they connect (SEP-2127, an experimental extension). */
export const serverCardPath = '/.well-known/mcp/server-card.json';

/** @param origin the appliance's own */
export function serverCard(origin: string, version: string) {
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json',
    name: `${nameOfHost(origin)}/killatamata`,
    ...{ version, title: serverTitle, description: serverDescription },
    remotes: [
      {
        type: 'streamable-http',
        url: `${origin}/mcp`,
        headers: [
          {
            name: 'Authorization',
            description: 'An API key of this appliance: `Bearer <key>`',
            isRequired: true,
            isSecret: true,
          },
        ],
      },
    ],
  };
}

export const serverTitle = 'Killa Tamata';
export const serverDescription = 'Makes images, video, speech, music, sound effects and 3D models.';

/** The host as a namespace: the other way round where it is a name. */
function nameOfHost(origin: string): string {
  const { hostname } = new URL(origin);
  const isAddress = /^[\d.]+$|:/.test(hostname);
  return isAddress
    ? hostname.replaceAll(/[^\w.]+/g, '-').replaceAll(/^-|-$/g, '')
    : hostname.split('.').toReversed().join('.');
}
