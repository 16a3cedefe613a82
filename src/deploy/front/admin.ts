import { ADMIN_NET_PORT, ADMIN_PORT } from '../../lib/haproxy.ts';

/** The admin socket asks nobody who he is: it stays on the loopback, and only the admin network (CIDR) is led to it. From HAProxy 3.3 on no two sections bear one name. Pure. */
export const adminDoor = (net: string) => `
frontend admin_in
  mode tcp
  bind :${ADMIN_NET_PORT}
  timeout client 1h
  tcp-request connection reject unless { src ${net} }
  default_backend admin

backend admin
  mode tcp
  timeout server 1h
  server here 127.0.0.1:${ADMIN_PORT} no-check
`;
