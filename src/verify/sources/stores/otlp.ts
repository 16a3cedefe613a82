import * as z from 'zod';
import { SeatrialError } from '../../../lib/errors.ts';
import { credentials } from '../../live/addresses.ts';
import { pointer } from '../../pointer.ts';
import { askStore } from './ask.ts';
import { common, defineStore } from './store-kind.ts';

/** Traces of one answer; a time with as many is asked for in halves. */
const DEPTH = 1000;
const SHORTEST_MS = 250;

const schema = z.strictObject({
  ...common,
  /** `service.name` of the app. */
  service: z.string(),
  /** The resource's attribute that tells the releases apart, and its values; $version is the release. */
  attribute: z.string().default('service.version'),
  new: z.string().default('$version'),
  old: z.string().default('$version'),
});

interface Attribute {
  key: string;
  value?: { stringValue?: string };
}
interface Span {
  traceId?: string;
  spanId?: string;
  kind?: number | string;
  startTimeUnixNano?: string | number;
  status?: { code?: number | string };
}
interface ResourceSpans {
  resource?: { attributes?: Attribute[] };
  scopeSpans?: { spans?: Span[] }[];
}

/** JSON of OTLP writes its enumerations as numbers; some servers write their names. */
const isServer = ({ kind }: Span) =>
  kind === 2 || kind === 'SPAN_KIND_SERVER' || kind === 5 || kind === 'SPAN_KIND_CONSUMER';
const hasFailed = ({ status }: Span) => status?.code === 2 || status?.code === 'STATUS_CODE_ERROR';
const attributeOf = ({ resource }: ResourceSpans, key: string) =>
  resource?.attributes?.find((attribute) => attribute.key === key)?.value?.stringValue;

/**
 * Traces in OTLP's own JSON, as Jaeger's query API v3 hands them on (`GET /api/v3/traces`; jaegertracing.io, "APIs";
 * opentelemetry.io, "OTLP specification"): the share of a release's own requests, its server and consumer spans, whose
 * status is an error.
 */
export const otlp = defineStore({
  name: 'otlp',
  schema,
  speaks: { counts: true },
  open(spec, context) {
    const { url, headers } = credentials(spec.url);
    const base = url.href.replace(/\/$/, '');
    const traces = async (fromMs: number, untilMs: number): Promise<ResourceSpans[]> => {
      // The names every version of the API takes; later ones take others beside.
      const question = new URLSearchParams({
        'query.service_name': spec.service,
        'query.start_time_min': new Date(fromMs).toISOString(),
        'query.start_time_max': new Date(untilMs).toISOString(),
        'query.num_traces': String(DEPTH),
      });
      const asked = { url: `${base}/api/v3/traces?${question}`, method: 'GET' as const, headers };
      const { body } = await askStore(context, 'The store of traces', asked, [404]);
      const found = pointer(body, '/result/resourceSpans');
      if (Array.isArray(found)) return found as ResourceSpans[];
      if (pointer(body, '/error/message') === 'No traces found') return [];
      throw new SeatrialError(
        'SOURCE_DOWN',
        'The store of traces did not answer with traces; check its entry in stores.',
      );
    };
    /** Every span that began in the time, once, though halves meet in the middle. */
    const each = async (
      fromMs: number,
      untilMs: number,
      take: (from: ResourceSpans, span: Span) => void,
    ): Promise<void> => {
      const all = await traces(fromMs, untilMs);
      const spans = all.flatMap((from) =>
        (from.scopeSpans ?? []).flatMap((scope) => (scope.spans ?? []).map((span) => ({ from, span }))),
      );
      if (new Set(spans.map(({ span }) => span.traceId)).size < DEPTH) {
        for (const { from, span } of spans) take(from, span);
        return;
      }
      if (untilMs - fromMs < 2 * SHORTEST_MS) {
        throw new SeatrialError(
          'SOURCE_DOWN',
          `The store of traces has ${DEPTH} and more of ${spec.service} in ${untilMs - fromMs} ms; sample them, or take a store that counts.`,
        );
      }
      const middle = Math.floor((fromMs + untilMs) / 2);
      await each(fromMs, middle, take);
      await each(middle, untilMs, take);
    };
    return {
      async count(release, fromMs, untilMs) {
        const seen = new Set<string>();
        let failures = 0;
        await each(fromMs, untilMs, (from, span) => {
          const t = Number(span.startTimeUnixNano) / 1e6;
          if (!isServer(span) || !(t >= fromMs && t < untilMs)) return;
          if (attributeOf(from, 'service.name') !== spec.service || attributeOf(from, spec.attribute) !== release)
            return;
          const id = `${span.traceId}/${span.spanId}`;
          if (seen.has(id)) return;
          seen.add(id);
          if (hasFailed(span)) failures++;
        });
        return { failures, of: seen.size };
      },
    };
  },
});
