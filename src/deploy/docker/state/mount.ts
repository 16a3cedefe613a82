/** Where the volume `<app>-seatrial` is mounted in every container that reaches it. */
export const MOUNT = '/seatrial';
export const EDGE_FILE = 'haproxy.cfg';
/** What the app claims of the host's front door: the front is made again of these when its own volume is lost. */
export const CLAIM_FILE = 'front.json';
