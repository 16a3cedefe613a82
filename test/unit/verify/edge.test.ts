import { describe, expect, it } from 'vitest';
import { USERS } from '../../../src/verify/judge/types.ts';
import { parseEdge } from '../../../src/verify/live/edge.ts';
import { judged, traffic } from '../../support/verify/streams.ts';

const STAT = `# pxname,svname,stot,hrsp_5xx,econ,eresp,weight
app,s1,120,3,1,0,0
app,s2,40,12,0,0,100
app,BACKEND,160,15,1,0,100`;
const STATE = `1
# be_id be_name srv_id srv_name srv_addr srv_fqdn srv_port
3 app 1 s1 10.0.0.5 shop-r1-1 8080
3 app 2 s2 10.0.0.6 shop-r2-1 8080`;

describe("the edge's counters", () => {
  it('are read per server, failures of every kind added up', () => {
    expect(parseEdge(STAT, STATE)).toMatchObject([
      { name: 's1', host: 'shop-r1-1', port: 8080, requests: 120, errors: 4, weight: 0 },
      { name: 's2', host: 'shop-r2-1', port: 8080, requests: 40, errors: 12, weight: 100 },
    ]);
  });

  it('never make a fault of users who stay away, while an endpoint of the probes that falls silent is one', () => {
    const stay = (gone: string) =>
      judged(
        traffic({
          seed: 5,
          rate: 40,
          oldSeconds: 60,
          newSeconds: 40,
          endpoints: ['/orders', gone],
          change: (request) => (request.endpoint === gone ? undefined : request),
        }),
      );
    expect(stay('/pay')).toMatchObject({ verdict: 'fail', gate: 'endpoints' });
    expect(stay(USERS).verdict).not.toBe('fail');
  });
});
