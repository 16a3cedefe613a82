/** Where the volume `<app>-seatrial` is mounted in every container that reaches it. */
export const MOUNT = '/seatrial';
export const EDGE_FILE = 'haproxy.cfg';
