import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Elysia } from 'elysia';
import { NotFound } from '../errors.ts';

const assets = new Map([
  ['swagger-ui.css', 'text/css'],
  ['swagger-ui-bundle.js', 'text/javascript'],
  ['favicon-32x32.png', 'image/png'],
]);

const page = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Killa Tamata API</title>
  <link rel="icon" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="reference"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;
const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true,
  persistAuthorization: true, docExpansion: 'list', defaultModelsExpandDepth: 0, validatorUrl: null });`;

/** The page can't load anything from elsewhere, nor send anything there. Swagger UI sets styles in its markup. */
const onlyFromHere =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/** `/docs`: the reference as a page, and `/openapi.json` behind it. Every asset comes from this machine. */
export function docsRoutes(openApi: () => Promise<object>) {
  // Importing the package would run the whole page's program; only its folder is wanted.
  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  const answer = (text: string, type: string) =>
    new Response(text, { headers: { 'content-type': type, 'content-security-policy': onlyFromHere } });
  return new Elysia({ name: 'http.docs', detail: { hide: true } })
    .get('/openapi.json', () => openApi())
    .get('/', ({ redirect }) => redirect('/docs'))
    .get('/docs', () => answer(page, 'text/html; charset=utf-8'))
    .get('/docs/start.js', () => answer(start, 'text/javascript'))
    .get('/docs/:asset', ({ params }) => {
      const type = assets.get(params.asset);
      if (type === undefined) throw new NotFound('The page');
      return new Response(Bun.file(join(folder, params.asset)), {
        headers: { 'content-type': type, 'cache-control': 'public, max-age=86400' },
      });
    });
}
