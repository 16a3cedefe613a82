import { cloudwatch } from './cloudwatch.ts';
import { datadog } from './datadog.ts';
import { elasticsearch } from './elasticsearch.ts';
import { otlp } from './otlp.ts';
import { sentry } from './sentry.ts';
import { skywalking } from './skywalking.ts';
import { sls } from './sls.ts';
import type { StoreKind } from './store-kind.ts';

/** Every kind of the input `stores`, by name. OpenSearch answers as Elasticsearch does. */
export const STORES: Readonly<Record<string, StoreKind>> = {
  elasticsearch,
  opensearch: elasticsearch,
  sls,
  cloudwatch,
  datadog,
  sentry,
  skywalking,
  otlp,
};
