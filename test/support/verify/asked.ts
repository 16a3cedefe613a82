/** How urls are asked where the inputs say nothing. */
export const ASKED = {
  headers: [],
  body: undefined,
  'expect-status': '200-399',
  'expect-body': undefined,
  'expect-json': [],
  'follow-redirects': false,
  'client-cert': undefined,
  'client-key': undefined,
  'client-ca': undefined,
};
