/** What takes time to load: the engine's client and all that needs it, in one piece of the bundle. */
export { Engine } from '../../lib/docker/engine.ts';
export { SwarmTarget } from './target.ts';
