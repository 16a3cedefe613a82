/** A node that lost its power acknowledges nothing; an app that thinks does. */
export const DEAD = 'tcp-ut 3s';

/** How servers are called: by names that Docker's own DNS knows, or by addresses that stay. */
export type Names = 'docker' | 'addresses';

export const dockersDns = (adminNet: string | undefined) => `resolvers docker
  nameserver dns 127.0.0.11:53
${adminNet ? '  # Thirty tasks of a release and more, in one answer.\n  accepted_payload_size 4096\n' : ''}  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  # A name that is gone for a while must not take its server away: a container that restarts comes back by itself.
  hold nx 1h
  hold other 1h
  hold refused 1h
  hold timeout 1h
  # An address that its name has no more may be somebody else's by now.
  hold obsolete 0s

`;

export const unknownNames = (
  adminNet: string | undefined,
) => `  # A name that is not known when the edge starts (a release that is stopped) gets an address nobody can be asked at, and
  # that at once. Without any the runtime API could never point the server at another container.
  default-server resolvers docker init-addr ${adminNet ? `none ${DEAD}` : 'last,libc,255.255.255.255'}
`;
