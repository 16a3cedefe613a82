/** What HAProxy surely holds of a body in its buffer of 16 KiB or more. */
const MEASURED = 12 * 1024;

/**
 * A body that names its length is judged by that. One that does not (chunked, or HTTP/2 without a length) is read as
 * far as the edge's buffer holds, at most ten seconds (408): small ones pass; a larger one could be of any size, and is
 * told to name its length (411).
 */
export function bodyLimit(maxBody: number): string[] {
  const unnamed = '!{ req.hdr(content-length) -m found }';
  return [
    `http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${maxBody} }`,
    `http-request wait-for-body time 10s at-least ${MEASURED + 1} if ${unnamed}`,
    `http-request deny deny_status 413 if ${unnamed} { req.body_size gt ${maxBody} }`,
    `http-request return status 411 content-type text/plain string "Name the length of a large body: Content-Length." if ${unnamed} { req.body_size gt ${MEASURED} }`,
  ];
}
