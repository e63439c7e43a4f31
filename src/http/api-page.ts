/** The OpenAPI document as one page of HTML, without scripts and without anything from elsewhere. */

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content & { readonly description?: string }>>;
}
interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths?: Readonly<Record<string, object | undefined>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid #8884; margin-top: 2rem }
code, pre { font: 14px/1.4 ui-monospace, monospace; background: #8882; border-radius: 4px; padding: 0 .3em }
pre { padding: .6em; overflow-x: auto }
td, th { text-align: left; vertical-align: top; padding: .2em 1em .2em 0 }`;

export function apiPage(document: object): string {
  const { info, paths = {} } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, item = {}]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Partial<Record<(typeof METHODS)[number], Operation>>)[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
  const list = operations.map(
    ({ path, method, operation }) =>
      `<li><a href="#${text(operation.operationId)}"><code>${method.toUpperCase()} ${text(path)}</code></a> ${text(operation.summary)}</li>`,
  );
  const sections = operations.map(({ path, method, operation }) => section(path, method, operation));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${text(info.title)} ${text(info.version)}</title>
<style>${STYLE}</style>
<h1>${text(info.title)} ${text(info.version)}</h1>
<p>${text(info.description)} The same as <a href="openapi.json">OpenAPI 3.1</a>.</p>
<ul>${list.join('\n')}</ul>
${sections.join('\n')}
</html>
`;
}

function section(path: string, method: string, operation: Operation): string {
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const example = body?.examples?.[0];
  const query = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query' && parameter.required);
  const url = `http://localhost:8082${path}${query.length === 0 ? '' : `?${query.map(({ name }) => `${name}=…`).join('&')}`}`;
  const curl = [
    `curl '${url}'`,
    ...(method === 'get' || method === 'post' ? [] : [`-X ${method.toUpperCase()}`]),
    ...(example === undefined ? [] : [`--json '${JSON.stringify(example)}'`]),
  ].join(' ');
  const parameters = (operation.parameters ?? []).map((parameter) =>
    row(parameter.name, parameter.schema ?? {}, parameter.required === true, parameter.description),
  );
  const fields = Object.entries(body?.properties ?? {}).map(([name, schema]) =>
    row(name, schema, body?.required?.includes(name) === true, schema.description),
  );
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, answer]) => `<tr><td><code>${text(status)}</code></td><td>${text(answer.description)}</td></tr>`,
  );
  return `<section id="${text(operation.operationId)}">
<h2><code>${method.toUpperCase()} ${text(path)}</code></h2>
<p><strong>${text(operation.summary)}.</strong> ${text(operation.description)}</p>
<pre>${text(curl)}</pre>
${rows('Parameters', parameters)}${rows('Body', fields)}${rows('Answers', answers)}</section>`;
}

function row(name: string, schema: Schema, isRequired: boolean, description: string | undefined): string {
  const facts = [
    schema.enum === undefined ? [schema.type ?? ''].flat().join(' or ') : schema.enum.join(', '),
    isRequired ? 'required' : '',
    schema.default === undefined ? '' : `default ${String(schema.default)}`,
  ].filter((fact) => fact !== '');
  return `<tr><td><code>${text(name)}</code></td><td>${text(facts.join('; '))}</td><td>${text(description)}</td></tr>`;
}

function rows(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<h3>${title}</h3>\n<table>${lines.join('\n')}</table>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function text(value: string | undefined): string {
  return (value ?? '').replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
