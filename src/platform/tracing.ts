/** Traces as a port: who serves says what it does and for how long; the program around it decides who is told. */

export type SpanKind = 'server' | 'client' | 'producer';
export type Attributes = Readonly<Record<string, string | number>>;

export interface Span {
  /** Spans that begin within, also later and asynchronously, are this one's children. */
  run<T>(work: () => T): T;
  set(attributes: Attributes): void;
  /** Once. With a failure, the span has failed. */
  end(failure?: unknown): void;
}

export interface SpanOptions {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Headers of a request that may name the span it was made in (W3C trace context). */
  readonly carrier?: Readonly<Record<string, string | string[] | undefined>>;
}

export interface Tracing {
  /** Whether a span is under way here already. */
  readonly isActive: boolean;
  begin(options: SpanOptions): Span;
}

/** Work as a span that ends with it. */
export async function traced<T>(tracing: Tracing, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const span = tracing.begin(options);
  try {
    const result = await span.run(work);
    span.end();
    return result;
  } catch (failure) {
    span.end(failure);
    throw failure;
  }
}
