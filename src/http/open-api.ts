/** The OpenAPI 3.1 document, made of the routes' own schemas, and a page to read it on. */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import packageJson from '../../package.json' with { type: 'json' };
import { apiPage } from './api-page.ts';

/** Before the routes, which it watches being added; what it gives adds the document's own, after them. */
export async function openApi(app: FastifyInstance): Promise<() => void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Samsa',
        version: packageJson.version,
        description: 'Topics, records and streams of a Kafka broker as JSON.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
    },
  });
  return () => {
    let page: string | undefined;
    app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
    app.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
      page ??= apiPage(app.swagger());
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .send(page);
    });
  };
}
