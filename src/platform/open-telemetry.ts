/** The tracing port on OpenTelemetry. */
import type { Context } from '@opentelemetry/api';
import type { Tracing } from './tracing.ts';

/** Where the API package, whatever copy of it, keeps what the program has registered. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

/**
 * Tracing where the program around has set OpenTelemetry up before, undefined elsewhere; the package is loaded only then.
 */
export async function openTelemetry(): Promise<Tracing | undefined> {
  const registered: unknown = Reflect.get(globalThis, REGISTRY);
  if (typeof registered !== 'object' || registered === null || !('trace' in registered)) return undefined;
  const { context, propagation, SpanKind, SpanStatusCode, trace } = await import('@opentelemetry/api');
  const tracer = trace.getTracer('samsa');
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER };
  return {
    get isActive() {
      return trace.getActiveSpan() !== undefined;
    },
    begin({ name, kind, attributes, carrier }) {
      const active = context.active();
      const parent: Context = carrier === undefined ? active : propagation.extract(active, carrier);
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, parent);
      const inside = trace.setSpan(parent, span);
      return {
        run: (work) => context.with(inside, work),
        set: (more) => void span.setAttributes({ ...more }),
        end(failure) {
          if (failure !== undefined) {
            const type =
              failure instanceof Error ? ('error' in failure ? String(failure.error) : failure.name) : 'failure';
            span.setAttribute('error.type', type);
            span.setStatus({ code: SpanStatusCode.ERROR, message: String(failure) });
          }
          span.end();
        },
      };
    },
  };
}
