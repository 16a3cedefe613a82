/** The engine the tests run on, as script/bootstrap chooses it: DOCKER_HOST (a unix socket), else the default one. */
export const ENGINE_HOST = process.env.DOCKER_HOST || 'unix:///var/run/docker.sock';
export const ENGINE_SOCKET = ENGINE_HOST.slice('unix://'.length);
