// @actions/core needs an HTTP client for OIDC tokens only, which Seatrial never asks for; the real one drags all of
// undici into the start of every action (docs/decisions.md). @actions/github and @actions/cache keep the real one.
export class HttpClient {
  constructor() {
    throw new Error('OIDC tokens are not available in this build');
  }
}
