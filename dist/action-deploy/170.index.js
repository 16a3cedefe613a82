export const id = 170;
export const ids = [170];
export const modules = {

/***/ 5341:
/***/ ((module) => {

// Stands in for @grpc/grpc-js, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};


/***/ }),

/***/ 961:
/***/ ((module) => {

// Stands in for @grpc/proto-loader, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};


/***/ }),

/***/ 3003:
/***/ ((module) => {

// Stands in for protobufjs, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
module.exports = {};


/***/ }),

/***/ 1927:
/***/ ((__unused_webpack_module, exports) => {

// Stands in for ssh2, which dockerode requires eagerly and Seatrial never uses (docs/decisions.md).
exports.K = function Client() {
  throw new Error('ssh goes through the ssh command, not through ssh2');
};


/***/ }),

/***/ 254:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Fv: () => (/* binding */ putSecrets),
/* harmony export */   Hg: () => (/* binding */ edgeName),
/* harmony export */   Qb: () => (/* binding */ pauseContainer),
/* harmony export */   SI: () => (/* binding */ stopContainer),
/* harmony export */   W: () => (/* binding */ listApp),
/* harmony export */   YI: () => (/* binding */ startContainer),
/* harmony export */   _N: () => (/* binding */ removeByLabel),
/* harmony export */   g$: () => (/* binding */ createContainer),
/* harmony export */   od: () => (/* binding */ removeContainer),
/* harmony export */   uv: () => (/* binding */ networkName),
/* harmony export */   w$: () => (/* binding */ lastLines)
/* harmony export */ });
/* unused harmony exports containerName, createOptions */
/* harmony import */ var _lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9765);
/* harmony import */ var _lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7169);
/* harmony import */ var _lib_docker_logs_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(4996);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8175);
/* harmony import */ var _publish_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(1659);
/* harmony import */ var _state_labels_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9267);






const networkName = (app) => `${app}-net`;
const edgeName = (app) => `${app}-edge`;
const containerName = (app, release, n) => `${app}-${release}-${n}`;
const nameOf = (info) => (info.Names[0] ?? '').replace(/^\//, '');
/** Everything of the app on this engine, in one call. */
async function listApp(engine, app, environment, signal) {
    const all = await engine.call('list containers', (docker, abortSignal) => docker.listContainers({
        all: true,
        filters: { label: [`${(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('app')}=${app}`] },
        abortSignal,
    }), { signal });
    const mine = all.filter((info) => info.Labels[(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('environment')] === environment);
    const apps = mine.flatMap((info) => {
        const labels = (0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .readLabels */ .k2)(info.Labels);
        if (!labels)
            return [];
        const ip = info.NetworkSettings?.Networks?.[networkName(app)]?.IPAddress ?? '';
        return [{ id: info.Id, name: nameOf(info), labels, state: info.State, ip }];
    });
    return {
        apps: apps.sort((x, y) => x.name.localeCompare(y.name, 'en', { numeric: true })),
        edge: mine.find((info) => info.Labels[(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('role')] === 'edge'),
        strangers: all
            .filter((info) => !mine.includes(info) && ['app', 'edge'].includes(info.Labels[(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('role')] ?? ''))
            .map(nameOf),
    };
}
const seconds = (ms) => Math.max(1, Math.ceil(ms / 1000));
const nanos = (ms) => ms * 1_000_000;
function newer(apiVersion, than) {
    const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
    const [m = 0, n = 0] = than.split('.').map(Number);
    return major > m || (major === m && minor >= n);
}
/** Docker's health: quick while the container starts, and the image's own rhythm after, where the engine can do that. */
function healthcheck(spec, apiVersion) {
    const { command, intervalMs, timeoutMs, startPeriodMs } = spec.health;
    const test = command ? { Test: ['CMD-SHELL', command], Timeout: nanos(timeoutMs) } : {};
    if (newer(apiVersion, '1.44')) {
        return { ...test, StartPeriod: nanos(Math.max(startPeriodMs, 30_000)), StartInterval: nanos(intervalMs) };
    }
    return { ...test, Interval: nanos(intervalMs), StartPeriod: nanos(startPeriodMs) };
}
/** Pure: what the engine is asked to create. No value of a secret is in it: inspect would show it. */
function createOptions({ labels, n, apiVersion, publishItself }) {
    const { app, release, spec } = labels;
    const name = containerName(app, release, n);
    const publish = publishItself && spec.publish ? (0,_publish_js__WEBPACK_IMPORTED_MODULE_3__/* .parsePublish */ .L)(spec.publish) : undefined;
    const port = `${spec.port}/tcp`;
    return {
        name,
        Image: spec.imageId || spec.image,
        Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
        Labels: { ...spec.labels, ...(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .writeLabels */ .vA)(labels) },
        ...(spec.entrypoint.length ? { Entrypoint: spec.entrypoint } : {}),
        ...(spec.args.length ? { Cmd: spec.args } : {}),
        ...(spec.user ? { User: spec.user } : {}),
        ...(spec.stopSignal ? { StopSignal: spec.stopSignal } : {}),
        StopTimeout: seconds(spec.stopTimeoutMs),
        Healthcheck: healthcheck(spec, apiVersion),
        // A read-only root takes no files before the start, a volume of its own does.
        ...(spec.readOnly && spec.secrets.length ? { Volumes: { '/run/secrets': {} } } : {}),
        ...(spec.port ? { ExposedPorts: { [port]: {} } } : {}),
        HostConfig: {
            Memory: spec.memory,
            NanoCpus: spec.cpus ? Math.round(spec.cpus * 1e9) : undefined,
            PidsLimit: spec.pids,
            RestartPolicy: { Name: spec.restart },
            LogConfig: { Type: 'json-file', Config: { 'max-size': spec.logMaxSize, 'max-file': String(spec.logMaxFile) } },
            Binds: spec.volumes,
            ReadonlyRootfs: spec.readOnly,
            CapAdd: spec.capAdd,
            CapDrop: spec.capDrop,
            NetworkMode: networkName(app),
            ...(publish ? { PortBindings: { [port]: [{ HostIp: publish.ip, HostPort: String(publish.port) }] } } : {}),
        },
        NetworkingConfig: {
            EndpointsConfig: { [networkName(app)]: { Aliases: [`${app}-${release}`, `${app}-slot-${labels.slot}`] } },
        },
    };
}
/** Secrets as files, put into a container that has not started yet. */
async function putSecrets(engine, name, spec, secrets) {
    if (!spec.secrets.length)
        return;
    const missing = spec.secrets.filter((key) => !secrets.has(key));
    if (missing.length) {
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('SECRETS_NEEDED', `A container has to be made anew and needs the secrets ${missing.join(', ')}; hand them over by the input secrets.`);
    }
    const mode = 0o444; // whoever the app runs as must be able to read; the container is the border
    const files = spec.secrets.map((key) => ({ key, content: secrets.get(key), mode }));
    if (spec.readOnly) {
        await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(engine, name, '/run/secrets', files.map(({ key, ...rest }) => ({ name: key, ...rest })));
    }
    else {
        await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(engine, name, '/', files.map(({ key, ...rest }) => ({ name: `run/secrets/${key}`, ...rest })));
    }
}
/** Creates (does not start) one container with its networks and secrets. */
async function createContainer(engine, request, secrets) {
    const { labels, n } = request;
    const name = containerName(labels.app, labels.release, n);
    const created = await engine.call(`create ${name}`, (docker, abortSignal) => docker.createContainer({ ...createOptions(request), abortSignal }));
    for (const line of labels.spec.networks) {
        const [network = '', aliases = ''] = line.split(':');
        await engine.call(`join ${name} to ${network}`, (docker, abortSignal) => docker.getNetwork(network).connect({
            Container: created.id,
            EndpointConfig: { Aliases: aliases.split(',').filter(Boolean) },
            abortSignal,
        }));
    }
    await putSecrets(engine, created.id, labels.spec, secrets);
    return created.id;
}
/** Starts a container; the port of another is PORT_TAKEN. Started already is fine. */
async function startContainer(engine, id, name) {
    try {
        await engine.call(`start ${name}`, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), {
            timeoutMs: 60_000,
        });
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 304)
            return;
        const words = error instanceof Error ? error.message : '';
        if (/port is already allocated|address already in use/i.test(words)) {
            throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('PORT_TAKEN', `${engine.label}: the port ${name} needs is taken by something else; choose another publish, or free it.`, { cause: error });
        }
        throw error;
    }
}
const ignore = (...codes) => (error) => {
    if (!codes.includes((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error)))
        throw error;
};
async function stopContainer(engine, id, timeoutMs) {
    const t = seconds(timeoutMs);
    await engine
        .call('stop a container', (docker, abortSignal) => docker.getContainer(id).stop({ t, abortSignal }), {
        timeoutMs: t * 1000 + 30_000,
    })
        .catch(ignore(304, 404));
}
async function removeContainer(engine, id) {
    await engine
        .call('remove a container', (docker, abortSignal) => docker.getContainer(id).remove({ force: true, v: true, abortSignal }), { timeoutMs: 60_000 })
        .catch(ignore(404, 409));
}
async function pauseContainer(engine, id, paused) {
    await engine
        .call(paused ? 'pause a container' : 'wake a container', (docker) => paused ? docker.getContainer(id).pause() : docker.getContainer(id).unpause())
        .catch(ignore(409, 500)); // paused already, or not paused
}
/** The last lines a container wrote, for a report of why it failed. */
async function lastLines(engine, id, tail = 20) {
    const raw = await engine.call('read its log', (docker, abortSignal) => docker.getContainer(id).logs({ stdout: true, stderr: true, tail, follow: false, abortSignal }));
    const { stdout, stderr } = (0,_lib_docker_logs_js__WEBPACK_IMPORTED_MODULE_5__/* .demuxAll */ .R1)(raw);
    return `${stdout}${stderr}`.split('\n').filter(Boolean).slice(-tail);
}
/** Removes what a killed run left of one kind, e.g. the container of a hook. */
async function removeByLabel(engine, app, role) {
    const filters = { label: [`${(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('app')}=${app}`, `${(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('role')}=${role}`] };
    const left = await engine.call('list containers', (docker, abortSignal) => docker.listContainers({ all: true, filters, abortSignal }));
    for (const { Id } of left)
        await removeContainer(engine, Id);
}


/***/ }),

/***/ 4116:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Mg: () => (/* binding */ SERVER_HEADER),
/* harmony export */   Xs: () => (/* binding */ renderConfig),
/* harmony export */   _f: () => (/* binding */ SLOTS),
/* harmony export */   pH: () => (/* binding */ structureOf),
/* harmony export */   wy: () => (/* binding */ ADMIN_PORT),
/* harmony export */   xc: () => (/* binding */ INSIDE_PORT)
/* harmony export */ });
/* harmony import */ var _weights_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(337);

/** Port of the frontend inside the edge's container; the published one is Docker's matter. */
const INSIDE_PORT = 8080;
const ADMIN_PORT = 9999;
const SLOTS = ['a', 'b'];
/** Header that tells a probe from inside the edge which server answered; nobody else gets it. */
const SERVER_HEADER = 'x-seatrial-server';
function server(model, slot, index) {
    const name = `${slot}${index + 1}`;
    const use = model.slots[slot];
    const host = use?.servers[index];
    const cookie = model.sticky ? ` cookie ${name}` : '';
    // A free place has an address that is never asked: the runtime API can only change a server that has one.
    if (!use || !host)
        return `  server ${name} 127.0.0.1:9 weight 0 disabled${cookie}`;
    const weight = (0,_weights_js__WEBPACK_IMPORTED_MODULE_0__/* .slotWeights */ .e)(model.slots)[slot];
    const off = model.sticky && weight === 0 ? ' disabled' : '';
    return `  server ${name} ${host}:${use.port} weight ${weight}${off}${cookie}`;
}
/**
 * The edge's HAProxy configuration. Pure; HAProxy 2.6 and newer.
 * No health checks: one that is too tight on a busy host takes the only live slot away (503 with a healthy app).
 */
function renderConfig(model) {
    const servers = SLOTS.flatMap((slot) => Array.from({ length: model.room }, (_, i) => server(model, slot, i)));
    return `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  fd-hard-limit 60000
  hard-stop-after 60s
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin expose-fd listeners
  stats timeout 1h

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  # A name that is gone for a while must not take its server away: a container that restarts comes back by itself.
  hold nx 1h
  hold other 1h
  hold refused 1h
  hold timeout 1h
  hold obsolete 1h

defaults
  mode http
  log global
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout tunnel 1h
  timeout queue 5s
  retries 3
  option redispatch 1
  option idle-close-on-response
  option forwardfor
  option dontlognull
  default-server resolvers docker init-addr last,libc,none

frontend public
  bind :${INSIDE_PORT}
  http-response set-header ${SERVER_HEADER} %s if { src 127.0.0.1 }
  default_backend app

backend app
  balance roundrobin
${model.sticky ? '  cookie SEATRIAL insert indirect nocache httponly\n' : ''}${servers.join('\n')}
`;
}
/** The configuration without what the runtime API can change: two that are equal in this need no reload. */
function structureOf(model) {
    return JSON.stringify([model.room, model.sticky]);
}


/***/ }),

/***/ 7063:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   KN: () => (/* binding */ startEdge),
/* harmony export */   Qv: () => (/* binding */ publishedBy),
/* harmony export */   j2: () => (/* binding */ ensureNetwork)
/* harmony export */ });
/* harmony import */ var _lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9765);
/* harmony import */ var _lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7169);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8175);
/* harmony import */ var _containers_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(254);
/* harmony import */ var _publish_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1659);
/* harmony import */ var _state_labels_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9267);
/* harmony import */ var _state_lock_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5759);
/* harmony import */ var _state_store_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(303);
/* harmony import */ var _config_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(4116);









/** The app's own bridge network, where the edge finds the slots by name. Called under the lock, so no two race. */
async function ensureNetwork(engine, app, environment) {
    const name = (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .networkName */ .uv)(app);
    try {
        await engine.call(`look at network ${name}`, (docker) => docker.getNetwork(name).inspect());
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) !== 404)
            throw error;
        const Labels = (0,_state_labels_js__WEBPACK_IMPORTED_MODULE_5__/* .ownLabels */ .ct)(app, environment, 'edge');
        await engine.call(`create network ${name}`, (docker, abortSignal) => docker.createNetwork({ Name: name, Driver: 'bridge', CheckDuplicate: true, Labels, abortSignal }));
    }
}
/** Port that a listed edge publishes, as `publish` writes it; from its label, as a dead one lists none. */
const publishedBy = (edge) => edge.Labels[(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_5__/* .label */ .Pf)('publish')] ?? '';
async function create(engine, app, environment, model) {
    const { ip, port } = (0,_publish_js__WEBPACK_IMPORTED_MODULE_4__/* .parsePublish */ .L)(model.publish);
    const inside = `${_config_js__WEBPACK_IMPORTED_MODULE_8__/* .INSIDE_PORT */ .xc}/tcp`;
    const created = await engine.call(`create ${(0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .edgeName */ .Hg)(app)}`, (docker, abortSignal) => docker.createContainer({
        name: (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .edgeName */ .Hg)(app),
        Image: model.image,
        Entrypoint: ['haproxy'],
        Cmd: ['-W', '-db', '-f', `${_state_store_js__WEBPACK_IMPORTED_MODULE_7__/* .MOUNT */ .S7}/${_state_store_js__WEBPACK_IMPORTED_MODULE_7__/* .EDGE_FILE */ .dh}`],
        Labels: { ...(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_5__/* .ownLabels */ .ct)(app, environment, 'edge'), [(0,_state_labels_js__WEBPACK_IMPORTED_MODULE_5__/* .label */ .Pf)('publish')]: model.publish },
        StopSignal: 'SIGUSR1',
        ExposedPorts: { [inside]: {} },
        HostConfig: {
            Binds: [`${(0,_state_lock_js__WEBPACK_IMPORTED_MODULE_6__/* .volumeName */ .EH)(app)}:${_state_store_js__WEBPACK_IMPORTED_MODULE_7__/* .MOUNT */ .S7}`],
            PortBindings: { [inside]: [{ HostIp: ip, HostPort: String(port) }] },
            NetworkMode: (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .networkName */ .uv)(app),
            RestartPolicy: { Name: 'unless-stopped' },
            LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
            CapDrop: ['ALL'],
            SecurityOpt: ['no-new-privileges'],
        },
        abortSignal,
    }));
    return created.id;
}
/** Creates and starts the edge from its model. PORT_TAKEN, or EDGE_CONFIG with HAProxy's words, leaves no edge behind. */
async function startEdge(engine, app, environment, model) {
    const id = await create(engine, app, environment, model);
    try {
        await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(engine, id, _state_store_js__WEBPACK_IMPORTED_MODULE_7__/* .MOUNT */ .S7, [{ name: _state_store_js__WEBPACK_IMPORTED_MODULE_7__/* .EDGE_FILE */ .dh, content: (0,_config_js__WEBPACK_IMPORTED_MODULE_8__/* .renderConfig */ .Xs)(model) }]);
        await (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .startContainer */ .YI)(engine, id, (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .edgeName */ .Hg)(app));
        const info = await engine.call('look at the edge', (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
        if (!info.State.Running || info.RestartCount > 0) {
            const words = (await (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .lastLines */ .w$)(engine, id)).filter((line) => /ALERT/.test(line)).join(' ');
            throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('EDGE_CONFIG', `${engine.label}: the edge does not stay up: ${words.slice(0, 400) || `exit code ${info.State.ExitCode}`}`);
        }
        return id;
    }
    catch (error) {
        await (0,_containers_js__WEBPACK_IMPORTED_MODULE_3__/* .removeContainer */ .od)(engine, id);
        throw error;
    }
}


/***/ }),

/***/ 337:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   e: () => (/* binding */ slotWeights)
/* harmony export */ });
/* unused harmony export weightPair */
/** HAProxy's largest weight of a server. */
const MAX = 256;
/**
 * Weights of one server in each slot, so that slot `a` gets `shareA` of what `a` and `b` get together. Round robin is
 * exact by count, so the smallest whole numbers that fit are taken: they interleave finest.
 */
function weightPair(shareA, serversA, shareB, serversB) {
    if (shareA <= 0 || serversA === 0)
        return [0, shareB > 0 && serversB > 0 ? 1 : 0];
    if (shareB <= 0 || serversB === 0)
        return [1, 0];
    const ratio = (shareA * serversB) / (shareB * serversA);
    let best = [1, 1];
    let error = Number.POSITIVE_INFINITY;
    for (let b = 1; b <= MAX; b++) {
        const a = Math.min(MAX, Math.max(1, Math.round(ratio * b)));
        const off = Math.abs(a / b / ratio - 1);
        if (off < error - 1e-9)
            [best, error] = [[a, b], off];
    }
    return best;
}
/** Weight of each server of a slot under the model's shares. */
function slotWeights(slots) {
    const [a, b] = weightPair(slots.a?.share ?? 0, slots.a?.servers.length ?? 0, slots.b?.share ?? 0, slots.b?.servers.length ?? 0);
    return { a, b };
}


/***/ }),

/***/ 3228:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I: () => (/* binding */ repair),
/* harmony export */   g: () => (/* binding */ takeOut)
/* harmony export */ });
/* harmony import */ var _containers_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(254);
/* harmony import */ var _state_history_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3034);
/* harmony import */ var _steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7437);
/* harmony import */ var _traffic_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9732);




/**
 * Takes a release out of a host after a failure: traffic first, the rest after. With nothing to go back to, nothing
 * serves. Answers whether the release had had traffic.
 */
async function takeOut(run, host, release, back, why) {
    const hadTraffic = host.history.open?.release === release ? host.history.open.traffic : host.slotOf(release) !== undefined;
    const target = back ? (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .find */ .I6)(host.history, back) : undefined;
    if (target && back !== release) {
        // Without an edge, two releases can't have the port: the new one goes first.
        if (!host.edged)
            await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .stopRelease */ .a$)(host, release);
        await (0,_traffic_js__WEBPACK_IMPORTED_MODULE_3__/* .giveBack */ .F5)(host, target, async () => {
            await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .createMissing */ .PM)(run, host, target);
            await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .startRelease */ .I$)(host, target.release);
        });
        run.say(`${host.label}: traffic is back on ${back}`);
    }
    else if (host.edged && host.slotOf(release)) {
        await host.unseat(release);
    }
    if (hadTraffic)
        await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .stopRelease */ .a$)(host, release);
    else
        await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .removeRelease */ .gs)(host, release);
    await host.save((draft) => {
        (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .mark */ .Gy)(draft, release, hadTraffic ? 'rolled-back' : 'bad');
        const record = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .find */ .I6)(draft, release);
        if (record && !record.reason)
            record.reason = why;
        if (draft.open?.release === release)
            draft.open = undefined;
        for (const slot of ['a', 'b']) {
            if (draft.edge?.slots[slot]?.release === release)
                draft.edge.slots[slot] = null;
        }
    });
    return hadTraffic;
}
/** What a killed run left on this host is put in order: under the lock, before anything new is begun. */
async function repair(run, host) {
    await (0,_containers_js__WEBPACK_IMPORTED_MODULE_0__/* .removeByLabel */ ._N)(host.engine, host.app, 'hook');
    const { open, edge } = host.history;
    if (edge && !host.edgeRuns && host.history.current) {
        const current = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .find */ .I6)(host.history, host.history.current);
        if (current)
            await (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .prepareEdge */ .fD)(run, host, current.spec);
    }
    await host.reconcile();
    if (!open)
        return;
    run.say(`${host.label}: the ${open.command} of ${open.release} by ${open.by} was cut off; putting it in order`);
    if (open.command === 'rollback') {
        // Both ends of a rollback are releases that had served: whichever has traffic keeps it.
        const shares = await host.shares();
        const serving = [...shares].sort((x, y) => y[1] - x[1])[0]?.[0];
        const done = serving === open.release;
        const record = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .find */ .I6)(host.history, done ? open.release : open.back);
        if (record && !done)
            await (0,_traffic_js__WEBPACK_IMPORTED_MODULE_3__/* .giveBack */ .F5)(host, record, () => (0,_steps_on_host_js__WEBPACK_IMPORTED_MODULE_2__/* .startRelease */ .I$)(host, record.release));
        await host.save((draft) => {
            if (done) {
                draft.current = open.release;
                (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .mark */ .Gy)(draft, open.release, 'good');
                (0,_state_history_js__WEBPACK_IMPORTED_MODULE_1__/* .mark */ .Gy)(draft, open.back, 'rolled-back');
            }
            draft.open = undefined;
        });
        return;
    }
    await takeOut(run, host, open.release, open.back, 'the run was cut off');
}


/***/ }),

/***/ 7437:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   I$: () => (/* binding */ startRelease),
/* harmony export */   PM: () => (/* binding */ createMissing),
/* harmony export */   Ze: () => (/* binding */ drain),
/* harmony export */   a$: () => (/* binding */ stopRelease),
/* harmony export */   fD: () => (/* binding */ prepareEdge),
/* harmony export */   gs: () => (/* binding */ removeRelease),
/* harmony export */   iD: () => (/* binding */ login),
/* harmony export */   wE: () => (/* binding */ makeReady)
/* harmony export */ });
/* unused harmony export showLogs */
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8175);
/* harmony import */ var _lib_redact_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(105);
/* harmony import */ var _containers_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(254);
/* harmony import */ var _edge_container_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7063);
/* harmony import */ var _gate_run_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2634);
/* harmony import */ var _image_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4561);
/* harmony import */ var _spec_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2077);
/* harmony import */ var _state_history_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(3034);








const login = (run) => {
    const { registry, username, password } = run.inputs;
    return { registry, username, password };
};
/** The edge, where the release has traffic to get. */
async function prepareEdge(run, host, spec) {
    await (0,_edge_container_js__WEBPACK_IMPORTED_MODULE_2__/* .ensureNetwork */ .j2)(host.engine, host.app, host.environment);
    if (spec.edge !== 'haproxy' || !spec.publish)
        return;
    const asked = run.inputs['edge-image'];
    if (!host.listing.edge)
        await (0,_image_js__WEBPACK_IMPORTED_MODULE_4__/* .ensureImage */ .Yt)(host.engine, asked, login(run), run.signal);
    const wanted = { image: asked, publish: spec.publish, sticky: spec.sticky, room: Math.max(2, spec.replicas) };
    const said = await host.ensureEdge(wanted);
    if (said)
        run.say(`${host.label}: ${said}`);
}
/** Creates the containers of a release that are not there yet; needs its image, pulled by digest where it is gone. */
async function createMissing(run, host, record) {
    const { release, spec } = record;
    const have = new Set(host.of(release).map((c) => c.name));
    const missing = Array.from({ length: spec.replicas }, (_, i) => i + 1).filter((n) => !have.has(`${host.app}-${release}-${n}`));
    if (!missing.length)
        return;
    const { imageId } = await (0,_image_js__WEBPACK_IMPORTED_MODULE_4__/* .resolveImage */ .AT)(host.engine, spec.imageId && !spec.image.includes('@') ? spec.imageId : spec.image, login(run), {
        warn: (line) => run.actions.warning(line),
        signal: run.signal,
    });
    const { apiVersion } = await host.engine.ping();
    const labels = {
        app: host.app,
        environment: host.environment,
        release,
        image: record.image,
        spec: { ...spec, imageId },
        run: record.run,
        actor: record.by,
        previous: host.history.current,
        slot: host.freeSlot(release),
        at: record.at,
    };
    const publishItself = spec.edge === 'none' && Boolean(spec.publish);
    for (const n of missing) {
        await host.lock.guard();
        await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .createContainer */ .g$)(host.engine, { labels, n, apiVersion, publishItself }, (0,_spec_js__WEBPACK_IMPORTED_MODULE_5__/* .secretValues */ .VX)(run.inputs));
    }
    await host.refresh();
}
/** Starts (or wakes) the containers of a release. */
async function startRelease(host, release) {
    await host.lock.guard();
    await Promise.all(host.of(release).map(async ({ id, name, state }) => {
        if (state === 'paused')
            await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .pauseContainer */ .Qb)(host.engine, id, false);
        else if (state !== 'running')
            await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .startContainer */ .YI)(host.engine, id, name);
    }));
    await host.refresh();
}
/** Prints what the containers of a failed release last said; redacted, as it is shown in public logs. */
async function showLogs(run, host, release) {
    for (const { id, name } of host.of(release)) {
        const lines = await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .lastLines */ .w$)(host.engine, id);
        await run.actions.group(`last lines of ${name}`, async () => {
            for (const line of lines)
                run.actions.info((0,_lib_redact_js__WEBPACK_IMPORTED_MODULE_7__/* .redact */ .E)(line));
        });
    }
}
/** Creates, starts and gates a release; answers the milliseconds until it was healthy. */
async function makeReady(run, host, record) {
    await createMissing(run, host, record);
    await startRelease(host, record.release);
    run.say(`${host.label}: started ${host
        .of(record.release)
        .map((c) => c.name)
        .join(', ')}; waiting until it is healthy`);
    try {
        return await (0,_gate_run_js__WEBPACK_IMPORTED_MODULE_3__/* .passGate */ .l)(run, host, record.release, record.spec);
    }
    catch (error) {
        if (error instanceof _lib_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .SeatrialError */ .CP && error.code === 'DEPLOY_UNHEALTHY')
            await showLogs(run, host, record.release);
        throw error;
    }
}
/** Waits until the edge has no request on a release, or the deadline; what is left is said. */
async function drain(run, host, release) {
    const slot = host.slotOf(release);
    if (!slot || !host.runtime)
        return;
    const end = run.clock.mono() + run.inputs['drain-timeout'];
    for (;;) {
        const busy = (await host.slotStats(slot)).reduce((sum, s) => sum + s.busy, 0);
        if (busy === 0)
            return;
        if (run.clock.mono() > end) {
            run.actions.warning(`${host.label}: ${busy} requests were still on ${release} at the end of drain-timeout.`);
            return;
        }
        await run.clock.sleep(100);
    }
}
async function stopRelease(host, release) {
    const spec = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_6__/* .find */ .I6)(host.history, release)?.spec;
    await host.lock?.guard();
    await Promise.all(host.of(release).map(async ({ id, state }) => {
        if (state === 'paused')
            await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .pauseContainer */ .Qb)(host.engine, id, false);
        if (state === 'running' || state === 'paused' || state === 'restarting') {
            await (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .stopContainer */ .SI)(host.engine, id, spec?.stopTimeoutMs ?? 10_000);
        }
    }));
    await host.refresh();
}
async function removeRelease(host, release) {
    await host.lock?.guard();
    await Promise.all(host.of(release).map(({ id }) => (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .removeContainer */ .od)(host.engine, id)));
    await host.refresh();
}


/***/ }),

/***/ 9732:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F5: () => (/* binding */ giveBack),
/* harmony export */   am: () => (/* binding */ seat),
/* harmony export */   qU: () => (/* binding */ give)
/* harmony export */ });
/** Seats a release in the edge where it isn't (or its addresses changed), at weight 0. */
async function seat(host, record) {
    if (host.edged && record.spec.port)
        await host.seat(record.release, record.spec.port);
}
/** Gives a release its share and writes it down with what else `edit` has to say; answers the milliseconds the switch took. */
async function give(host, release, share, edit = () => undefined) {
    const begun = performance.now();
    let model;
    if (host.edged)
        model = await host.shift(release, share);
    const ms = performance.now() - begun;
    await host.save((draft) => {
        if (model)
            draft.edge = model;
        edit(draft);
    });
    return ms;
}
/**
 * Puts traffic on `release` again, whatever was between: wakes it, points the edge at where it is now, and shifts.
 * The edge moves first where the release still runs.
 */
async function giveBack(host, record, start) {
    const running = host.of(record.release).length > 0 && host.of(record.release).every((c) => c.state === 'running');
    if (running && host.slotOf(record.release)) {
        await give(host, record.release, 1);
        return;
    }
    await start();
    await seat(host, record);
    await give(host, record.release, 1);
}


/***/ }),

/***/ 2634:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  t: () => (/* binding */ lookAt),
  l: () => (/* binding */ passGate)
});

// EXTERNAL MODULE: ./build/js/lib/errors.js
var errors = __webpack_require__(8175);
;// CONCATENATED MODULE: ./build/js/deploy/gate.js
const gateStart = { good: 0, verdict: 'wait', why: 'not looked at yet' };
/** What is wrong with one look; empty when nothing is. */
function fault(look) {
    if (look.health === 'unhealthy')
        return 'Docker calls it unhealthy';
    if (look.health === 'starting')
        return 'Docker has not called it healthy yet';
    if (look.probe && !look.probe.ok)
        return look.probe.said;
    return '';
}
/**
 * The gate's next state. Hard facts end it at once: an exit, a restart, an OOM kill, Docker's "unhealthy" after the
 * start period. It opens after N good looks in a row, Docker's health AND our own probe, and never on one alone.
 */
function judge(state, look, rules) {
    const failed = (why) => ({ good: 0, verdict: 'failed', why });
    if (look.oomKilled)
        return failed('it was killed for using more memory than its limit');
    if (look.restarts > 0)
        return failed(`it crashed and was restarted (exit code ${look.exitCode})`);
    if (!look.running)
        return failed(`it exited with code ${look.exitCode}`);
    if (look.health === 'unhealthy' && look.atMs >= rules.startPeriodMs)
        return failed('Docker calls it unhealthy');
    const why = fault(look);
    const good = why ? 0 : state.good + 1;
    if (good >= rules.after)
        return { good, verdict: 'healthy', why: look.probe?.said ?? 'it runs' };
    if (look.atMs >= rules.deadlineMs) {
        return failed(`not healthy within ${rules.deadlineMs / 1000} s: ${why || `only ${good} of ${rules.after} good looks in a row`}`);
    }
    return { good, verdict: 'wait', why: why || `${good} of ${rules.after} good looks` };
}

// EXTERNAL MODULE: ./build/js/deploy/probe.js
var deploy_probe = __webpack_require__(3022);
;// CONCATENATED MODULE: ./build/js/deploy/gate-run.js



/** One look at one container: the engine's word and our own probe, at the same time. */
async function lookAt(host, container, spec, atMs, signal) {
    const edge = host.listing.edge?.Id;
    const { port, health } = spec;
    const ask = async () => {
        if (!port || !edge || !host.edgeRuns)
            return undefined;
        const target = { ip: container.ip, port, path: health.path ?? '/', timeoutMs: health.timeoutMs };
        return health.path ? (0,deploy_probe/* probeHttp */.xc)(host.engine, edge, target, signal) : (0,deploy_probe/* probeTcp */.Ww)(host.engine, edge, target, signal);
    };
    const [info, probe] = await Promise.all([
        host.engine.call(`look at ${container.name}`, (docker, abortSignal) => docker.getContainer(container.id).inspect({ abortSignal })),
        ask(),
    ]);
    const status = info.State.Health?.Status ?? 'none';
    return {
        atMs,
        running: info.State.Running && !info.State.Paused,
        exitCode: info.State.ExitCode,
        oomKilled: info.State.OOMKilled,
        restarts: info.RestartCount,
        health: status === 'healthy' || status === 'unhealthy' || status === 'starting' ? status : 'none',
        probe,
    };
}
/** Lets a release through only when each of its containers is healthy. DEPLOY_UNHEALTHY says which is not, and why. */
async function passGate(run, host, release, spec) {
    const { clock, signal } = run;
    const begun = clock.mono();
    const { health } = spec;
    const rules = { after: health.after, startPeriodMs: health.startPeriodMs, deadlineMs: health.deadlineMs };
    const states = new Map(host.of(release).map((c) => [c.id, gateStart]));
    let told = '';
    for (;;) {
        const turn = clock.mono();
        await Promise.all(host.of(release).map(async (container) => {
            if (states.get(container.id).verdict === 'healthy')
                return;
            const look = await lookAt(host, container, spec, clock.mono() - begun, signal);
            const state = judge(states.get(container.id), look, rules);
            states.set(container.id, state);
            if (state.verdict === 'failed') {
                throw new errors/* SeatrialError */.CP('DEPLOY_UNHEALTHY', `${host.label}: ${container.name} is not healthy: ${state.why}; look at its log above.`);
            }
            const line = `${container.name}: ${state.verdict === 'healthy' ? `healthy (${state.why})` : state.why}`;
            if (state.good === 0 && line !== told)
                run.say(line);
            if (state.verdict === 'healthy')
                run.say(line);
            told = line;
        }));
        if ([...states.values()].every((state) => state.verdict === 'healthy'))
            return clock.mono() - begun;
        await clock.sleep(Math.max(0, health.intervalMs - (clock.mono() - turn)), signal);
        await host.lock?.guard();
    }
}


/***/ }),

/***/ 4561:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AT: () => (/* binding */ resolveImage),
/* harmony export */   Yt: () => (/* binding */ ensureImage)
/* harmony export */ });
/* unused harmony export registryOf */
/* harmony import */ var _lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7169);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8175);


/** The registry part of an image name; Docker Hub's own where there is none. */
function registryOf(image) {
    const first = image.split('/')[0];
    return image.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'https://index.docker.io/v1/';
}
const repository = (image) => image.replace(/@sha256:.*$/, '').replace(/:[^:/]+$/, '');
async function inspect(engine, image) {
    try {
        return await engine.call(`look at image ${image}`, (docker, abortSignal) => docker.getImage(image).inspect({ abortSignal }));
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_0__/* .statusOf */ .c2)(error) === 404)
            return undefined;
        throw error;
    }
}
/** Pulls an image to its end; an error inside the engine's 200 answer is an error. */
async function pull(engine, image, login, timeoutMs, signal) {
    const authconfig = login.username
        ? { username: login.username, password: login.password ?? '', serveraddress: login.registry ?? registryOf(image) }
        : undefined;
    await engine.call(`pull ${image}`, async (docker, abortSignal) => {
        const stream = await docker.pull(image, { authconfig, abortSignal });
        await new Promise((resolve, reject) => docker.modem.followProgress(stream, (error, output = []) => {
            const said = output.find((line) => line.error)?.error;
            if (error || said)
                reject(error ?? new Error(said));
            else
                resolve();
        }));
    }, { timeoutMs, signal });
}
/**
 * The image on this host, pulled where it must be. A tag is resolved to the digest it has now; an image that no
 * registry answers for but the host has (built with push: false) is taken by its id, and `warn` is told.
 * Errors: IMAGE_MISSING.
 */
async function resolveImage(engine, image, login, { warn, signal, timeoutMs = 600_000 }) {
    const pinned = /@sha256:[0-9a-f]{64}$/.test(image) || /^sha256:[0-9a-f]{64}$/.test(image);
    const local = await inspect(engine, image);
    if (pinned && local)
        return { image, imageId: local.Id };
    let refused;
    try {
        await pull(engine, image, login, timeoutMs, signal);
    }
    catch (error) {
        signal?.throwIfAborted();
        refused = error;
    }
    const found = refused ? local : await inspect(engine, image);
    if (!found) {
        const why = refused instanceof Error ? refused.message.replace(/^.*?: pull [^ ]+: /, '') : 'not there after the pull';
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('IMAGE_MISSING', `${engine.label}: ${image} can't be had: ${why.slice(0, 300)}; check the name and the login.`, { cause: refused });
    }
    if (refused)
        warn(`${image}: no registry answers for it; the image on the host is taken as it is (${found.Id.slice(7, 19)}).`);
    if (pinned)
        return { image, imageId: found.Id };
    const digest = refused
        ? undefined
        : (found.RepoDigests ?? []).find((name) => name.startsWith(`${repository(image)}@`));
    return { image: digest ?? image, imageId: found.Id };
}
/** Makes sure that an image of ours (the edge's) is on the host; pulls only when it is missing. */
async function ensureImage(engine, image, login, signal) {
    if (await inspect(engine, image))
        return;
    try {
        await pull(engine, image, login, 600_000, signal);
    }
    catch (cause) {
        signal?.throwIfAborted();
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('IMAGE_MISSING', `${engine.label}: the edge's image ${image} can't be pulled; give edge-image one the host can have.`, { cause });
    }
}


/***/ }),

/***/ 6700:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   f: () => (/* binding */ newOutcome)
/* harmony export */ });
const newOutcome = () => ({
    release: '',
    previous: '',
    image: '',
    state: 'unchanged',
    rolledBack: false,
    plan: undefined,
    switchMs: undefined,
    notes: [],
});


/***/ }),

/***/ 3022:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ne: () => (/* binding */ askFront),
/* harmony export */   Ww: () => (/* binding */ probeTcp),
/* harmony export */   xc: () => (/* binding */ probeHttp)
/* harmony export */ });
/* harmony import */ var _lib_docker_exec_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(158);
/* harmony import */ var _edge_config_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4116);


const request = (path, host) => `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: seatrial\r\nConnection: close\r\n\r\n`;
/** Asks one container over HTTP from within the edge's network; 200-399 is well. */
async function probeHttp(engine, from, target, signal) {
    const { ip, port, path, timeoutMs } = target;
    const { text, ended } = await (0,_lib_docker_exec_js__WEBPACK_IMPORTED_MODULE_0__/* .exchange */ .cv)(engine, from, ['nc', ip, String(port)], request(path, ip), {
        timeoutMs,
        signal,
        until: (so) => so.includes('\r\n'),
    });
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
    if (status)
        return { ok: /^[23]/.test(status), said: `${path} answered ${status}` };
    if (!ended)
        return { ok: false, said: `${path} gave no answer within ${timeoutMs} ms` };
    return {
        ok: false,
        said: /refused/i.test(text) ? `port ${port} refuses connections` : `${path} closed without an answer`,
    };
}
/** Whether the port takes connections: one that is refused ends at once, one that is taken stays. */
async function probeTcp(engine, from, target, signal) {
    const { ended, text } = await (0,_lib_docker_exec_js__WEBPACK_IMPORTED_MODULE_0__/* .exchange */ .cv)(engine, from, ['nc', target.ip, String(target.port)], '', {
        timeoutMs: 300,
        signal,
    });
    const refused = ended && /refused|timed out|unreachable|no route/i.test(text);
    return {
        ok: !refused,
        said: refused ? `port ${target.port} refuses connections` : `port ${target.port} takes connections`,
    };
}
/** The server that answers users now: one request through the edge's own front door, with what it said of the server. */
async function askFront(engine, edge, path, signal) {
    const { text } = await (0,_lib_docker_exec_js__WEBPACK_IMPORTED_MODULE_0__/* .exchange */ .cv)(engine, edge, ['nc', '127.0.0.1', String(_edge_config_js__WEBPACK_IMPORTED_MODULE_1__/* .INSIDE_PORT */ .xc)], request(path, 'localhost'), {
        timeoutMs: 5000,
        signal,
        until: (so) => so.includes('\r\n\r\n'),
    });
    const server = new RegExp(`^${_edge_config_js__WEBPACK_IMPORTED_MODULE_1__/* .SERVER_HEADER */ .Mg}: *(\\S+)`, 'im').exec(text)?.[1] ?? '';
    return { server, status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0) };
}


/***/ }),

/***/ 1156:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   z8: () => (/* binding */ report)
/* harmony export */ });
/* unused harmony exports drawTraffic, servingOf */
/* harmony import */ var _lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9145);
/* harmony import */ var _lib_units_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6737);
/* harmony import */ var _containers_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(254);
/* harmony import */ var _edge_container_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7063);
/* harmony import */ var _state_history_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(3034);





const percent = (share) => Math.round(share * 1000) / 10;
/** A host as verify and notify are handed it: every release that serves, waits, or is warm. */
function hostReport(host, shares) {
    const { history } = host;
    const pending = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .waiting */ .eg)(history)?.release ?? history.open?.release;
    const role = (release) => release === history.current ? 'current' : release === pending ? 'candidate' : 'warm';
    const slots = host
        .releases()
        .filter((release) => release === history.current || release === pending || host.slotOf(release) || (shares.get(release) ?? 0) > 0)
        .filter((release) => host.of(release).some((c) => c.state === 'running' || c.state === 'paused'))
        .map((release) => ({
        release,
        image: host.of(release)[0].labels.image,
        role: role(release),
        weight: percent(shares.get(release) ?? 0),
        containers: host.of(release).map(({ id, name }) => ({ id, name })),
    }));
    const { edge } = host.listing;
    return {
        host: host.label,
        edge: edge ? { container: (0,_containers_js__WEBPACK_IMPORTED_MODULE_1__/* .edgeName */ .Hg)(host.app), published: (0,_edge_container_js__WEBPACK_IMPORTED_MODULE_2__/* .publishedBy */ .Qv)(edge) } : null,
        slots,
    };
}
/** A picture of who has the traffic, for people who read the log. */
function drawTraffic(shares) {
    return [...shares]
        .filter(([, share]) => share > 0)
        .sort((x, y) => y[1] - x[1])
        .map(([release, share]) => `${'█'.repeat(Math.max(1, Math.round(share * 40))).padEnd(40, '░')} ${String(percent(share)).padStart(5)}%  ${release}`);
}
/** The release most of the traffic is on; empty when nothing serves. */
function servingOf(shares) {
    const [top] = [...shares].sort((x, y) => y[1] - x[1]);
    return top && top[1] > 0 ? top[0] : '';
}
function lastWords(seen) {
    return seen
        .map(({ host, shares }) => {
        if (!shares)
            return `${host.label}: the engine does not answer, so what serves there is not known`;
        const parts = [...shares].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
        if (!parts.length)
            return `${host.label}: nothing serves`;
        return `${host.label}: traffic is on ${parts.map(([release, share]) => (share > 0.999 ? release : `${release} (${percent(share)}%)`)).join(' and ')}`;
    })
        .join('; ');
}
async function look(host, cached) {
    try {
        if (!cached)
            await host.refresh();
        return await host.shares();
    }
    catch {
        return undefined; // said in the last words: not known is not "nothing serves"
    }
}
/** Sets every output, writes the summary, and answers the last words: what users' traffic is on. Never throws over a dead host. */
async function report(run, out, error) {
    const { actions, hosts, inputs } = run;
    const cached = inputs.command === 'status' || (inputs.command === 'rollback' && !error);
    const seen = await Promise.all(hosts.map(async (host) => ({ host, shares: await look(host, cached) })));
    const first = seen[0];
    const durationMs = Math.round(run.clock.mono() - run.started);
    const serving = first.shares ? servingOf(first.shares) : '';
    const { history } = first.host;
    const known = (0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .find */ .I6)(history, out.release);
    const deployment = {
        app: inputs.app,
        environment: inputs.environment,
        release: out.release,
        previous: out.previous,
        image: out.image,
        state: out.state,
        ...(inputs.url ? { url: inputs.url } : {}),
        hosts: seen.map(({ host, shares }) => hostReport(host, shares ?? new Map())),
    };
    actions.output('release', out.release);
    actions.output('previous-release', out.previous);
    actions.output('serving', serving);
    actions.output('image', out.image || known?.image || '');
    actions.output('state', out.state);
    actions.output('rolled-back', out.rolledBack);
    actions.output('deployment', deployment);
    const same = hosts.every((host) => JSON.stringify((0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .publicHistory */ .Ml)(host.history)) === JSON.stringify((0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .publicHistory */ .Ml)(history)));
    actions.output('history', same
        ? (0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .publicHistory */ .Ml)(history)
        : {
            ...(0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .publicHistory */ .Ml)(history),
            hosts: Object.fromEntries(hosts.map((host) => [host.label, (0,_state_history_js__WEBPACK_IMPORTED_MODULE_3__/* .publicHistory */ .Ml)(host.history)])),
        });
    actions.output('plan', out.plan ?? {});
    actions.output('duration-ms', durationMs);
    actions.output('switch-ms', out.switchMs === undefined ? '' : out.switchMs.toFixed(2));
    for (const { shares } of seen)
        for (const line of drawTraffic(shares ?? new Map()))
            actions.info(line);
    actions.summary(summary(run, out, error, durationMs, seen));
    return `${lastWords(seen)}.`;
}
function summary(run, out, error, durationMs, seen) {
    const { inputs } = run;
    const rows = [
        ['Release', (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .code */ .aY)(out.release || 'none')],
        ['Before', (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .code */ .aY)(out.previous || 'none')],
        ['Image', (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .code */ .aY)(out.image || 'unchanged')],
        ['State', out.state],
        ['Took', (0,_lib_units_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a3)(durationMs)],
        ...(out.switchMs === undefined ? [] : [['Switch', `${out.switchMs.toFixed(1)} ms`]]),
    ];
    const changes = out.plan?.changes ?? [];
    return [
        `### ${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .escapeMarkdown */ .FV)(inputs.command)} ${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .escapeMarkdown */ .FV)(inputs.app)} (${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .escapeMarkdown */ .FV)(inputs.environment)})`,
        error ? `**${error.code}**: ${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .escapeMarkdown */ .FV)(error.message)}` : '',
        (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .table */ .tp)(['', ''], rows),
        changes.length
            ? `\n${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .table */ .tp)(['Changed', 'From', 'To'], changes.map((c) => [c.what, (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .code */ .aY)(c.from), (0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .code */ .aY)(c.to)]))}`
            : '',
        out.notes.join('\n\n'),
        `\`\`\`\n${seen.flatMap(({ shares }) => drawTraffic(shares ?? new Map())).join('\n') || 'no traffic'}\n\`\`\``,
        `${(0,_lib_markdown_js__WEBPACK_IMPORTED_MODULE_4__/* .escapeMarkdown */ .FV)(lastWords(seen))}.`,
    ]
        .filter(Boolean)
        .join('\n\n');
}


/***/ }),

/***/ 8193:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  Ql: () => (/* binding */ closeRun),
  jt: () => (/* binding */ lockAll),
  h3: () => (/* binding */ lookAround),
  Iy: () => (/* binding */ openRun)
});

// UNUSED EXPORTS: whoRuns

;// CONCATENATED MODULE: ./build/js/lib/clock.js
const systemClock = {
    now: () => Date.now(),
    mono: () => performance.now(),
    sleep(ms, signal) {
        return new Promise((resolve, reject) => {
            if (signal?.aborted)
                return reject(signal.reason);
            const stop = () => {
                clearTimeout(timer);
                reject(signal?.reason);
            };
            const timer = setTimeout(() => {
                signal?.removeEventListener('abort', stop);
                resolve();
            }, ms);
            signal?.addEventListener('abort', stop, { once: true });
        });
    },
};
/** Asks `probe` every `every` ms until it answers something other than undefined, or the time is up (undefined). */
async function until(probe, { every, within, clock = systemClock, signal, }) {
    const end = clock.mono() + within;
    for (;;) {
        const answer = await probe();
        if (answer !== undefined)
            return answer;
        if (clock.mono() + every > end)
            return undefined;
        await clock.sleep(every, signal);
    }
}

// EXTERNAL MODULE: ./build/js/lib/docker/engine.js
var docker_engine = __webpack_require__(7169);
// EXTERNAL MODULE: ./build/js/lib/errors.js
var errors = __webpack_require__(8175);
// EXTERNAL MODULE: ./build/js/lib/units.js
var units = __webpack_require__(6737);
// EXTERNAL MODULE: ./build/js/lib/docker/archive.js
var archive = __webpack_require__(9765);
// EXTERNAL MODULE: ./build/js/deploy/containers.js
var containers = __webpack_require__(254);
// EXTERNAL MODULE: ./build/js/deploy/edge/config.js
var edge_config = __webpack_require__(4116);
// EXTERNAL MODULE: ./build/js/deploy/edge/container.js
var container = __webpack_require__(7063);
// EXTERNAL MODULE: ./build/js/lib/docker/exec.js
var exec = __webpack_require__(158);
;// CONCATENATED MODULE: ./build/js/deploy/edge/runtime.js



/** `show stat` as CSV: columns are found by their names, as releases of HAProxy add some. */
function parseStat(csv) {
    const [head, ...rows] = csv.trim().split('\n');
    const columns = (head ?? '').replace(/^# /, '').split(',');
    const at = (name) => columns.indexOf(name);
    const number = (row, name) => Number(row[at(name)] || 0);
    return rows
        .map((line) => line.split(','))
        .filter((row) => row.length > 10 && row[at('svname')] !== 'BACKEND')
        .map((row) => ({
        name: row[at('svname')] ?? '',
        weight: number(row, 'weight'),
        status: row[at('status')] ?? '',
        busy: number(row, 'scur'),
        requests: number(row, 'stot'),
        ok: number(row, 'hrsp_2xx') + number(row, 'hrsp_3xx') + number(row, 'hrsp_4xx'),
        errors5xx: number(row, 'hrsp_5xx'),
        connectErrors: number(row, 'econ'),
        responseErrors: number(row, 'eresp'),
    }));
}
/** HAProxy's admin socket, by one exec session in prompt mode kept open: a command then takes about 1 ms, not 100. */
class Runtime {
    #engine;
    #container;
    #session;
    constructor(engine, container) {
        this.#engine = engine;
        this.#container = container;
    }
    async #open() {
        const session = await (0,exec/* openSession */.fA)(this.#engine, this.#container, ['nc', '127.0.0.1', String(edge_config/* ADMIN_PORT */.wy)], '\n> ');
        await session.ask('prompt');
        return session;
    }
    /** Opens the session ahead of need. */
    async open() {
        this.#session ??= this.#open();
        await this.#session;
    }
    close() {
        this.#session?.then((session) => session.close(), () => undefined);
        this.#session = undefined;
    }
    /** Asks one command; a session that died is opened anew once (every command of ours may be repeated). */
    async ask(command) {
        for (let tries = 1;; tries++) {
            try {
                this.#session ??= this.#open();
                return (await (await this.#session).ask(command)).trim();
            }
            catch (cause) {
                this.close();
                if (tries === 2) {
                    throw new errors/* SeatrialError */.CP('EDGE_UNREACHABLE', `${this.#engine.label}: the edge ${this.#container} does not answer; look at its log.`, { cause });
                }
            }
        }
    }
    async #set(command, expected) {
        const answer = await this.ask(command);
        if (!expected.test(answer)) {
            throw new errors/* SeatrialError */.CP('EDGE_REFUSED', `${this.#engine.label}: the edge refused "${command}": ${answer}`);
        }
    }
    /** Weight of each named server, in order: the ones to gain traffic come first. */
    async setWeights(weights, sticky) {
        for (const [name, weight] of weights) {
            await this.#set(`set server app/${name} weight ${weight}`, /^$/);
            // A cookie still finds a server of weight 0; in maintenance it doesn't, and what is under way ends in peace.
            if (sticky)
                await this.#set(`set server app/${name} state ${weight > 0 ? 'ready' : 'maint'}`, /^$/);
        }
    }
    /** Points a server at a container: by name for Docker's DNS, and by address so that it holds at once. */
    async point(server, host, ip, port) {
        await this.#set(`set server app/${server} weight 0`, /^$/);
        await this.#set(`set server app/${server} fqdn ${host}`, /changed|no need|^$/i);
        await this.#set(`set server app/${server} addr ${ip} port ${port}`, /changed|no need/i);
        await this.#set(`set server app/${server} state ready`, /^$/);
    }
    /** Takes a server out of use. */
    async vacate(server) {
        await this.#set(`set server app/${server} weight 0`, /^$/);
        await this.#set(`set server app/${server} state maint`, /^$/);
    }
    async stat() {
        return parseStat(await this.ask('show stat app 4 -1'));
    }
    /** The names the servers are pointed at now, by server. */
    async hosts() {
        const [, head, ...rows] = (await this.ask('show servers state app')).split('\n');
        const columns = (head ?? '').replace(/^# /, '').split(' ');
        const [name, host] = [columns.indexOf('srv_name'), columns.indexOf('srv_fqdn')];
        return new Map(rows.map((row) => row.split(' ')).map((row) => [row[name] ?? '', row[host] ?? '-']));
    }
    /** Checks a configuration file inside the edge; EDGE_CONFIG with HAProxy's own words when it is refused. */
    async check(file) {
        const { exitCode, stdout, stderr } = await (0,exec/* execIn */.Xm)(this.#engine, this.#container, ['haproxy', '-c', '-f', file]);
        if (exitCode === 0)
            return;
        const words = `${stdout}${stderr}`
            .split('\n')
            .filter((line) => /ALERT|error/i.test(line))
            .join(' ');
        throw new errors/* SeatrialError */.CP('EDGE_CONFIG', `${this.#engine.label}: HAProxy refuses the configuration: ${words.slice(0, 500)}`);
    }
}

// EXTERNAL MODULE: ./build/js/deploy/edge/weights.js
var edge_weights = __webpack_require__(337);
// EXTERNAL MODULE: ./build/js/deploy/inputs.js + 1 modules
var inputs = __webpack_require__(6403);
// EXTERNAL MODULE: ./build/js/deploy/state/history.js
var state_history = __webpack_require__(3034);
// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
// EXTERNAL MODULE: ./build/js/deploy/state/empty-image.js
var empty_image = __webpack_require__(5087);
// EXTERNAL MODULE: ./build/js/deploy/state/labels.js
var labels = __webpack_require__(9267);
// EXTERNAL MODULE: ./build/js/deploy/state/lock.js
var lock = __webpack_require__(5759);
// EXTERNAL MODULE: ./build/js/deploy/state/store.js
var store = __webpack_require__(303);
;// CONCATENATED MODULE: ./build/js/deploy/state/holder.js






/**
 * Reads the history where neither lock nor edge is there to reach the volume through: by a container that is made
 * for it, never started, and removed. No volume means no history, and nothing is made.
 */
async function readByHolder(engine, app, environment) {
    try {
        await engine.call('look at the volume', (docker) => docker.getVolume((0,lock/* volumeName */.EH)(app)).inspect());
    }
    catch (error) {
        if ((0,docker_engine/* statusOf */.c2)(error) === 404)
            return { kind: 'none' };
        throw error;
    }
    await (0,empty_image/* ensureEmptyImage */.z)(engine);
    const holder = await engine.call('reach the history', (docker, abortSignal) => docker.createContainer({
        name: `${app}-reader-${(0,external_node_crypto_.randomBytes)(3).toString('hex')}`,
        Image: empty_image/* EMPTY_IMAGE */.K,
        Cmd: ['read'],
        // What a killed reader leaves is swept up with the hooks by the next run.
        Labels: (0,labels/* ownLabels */.ct)(app, environment, 'hook'),
        HostConfig: { Binds: [`${(0,lock/* volumeName */.EH)(app)}:${store/* MOUNT */.S7}`] },
        abortSignal,
    }));
    try {
        return await (0,store/* readHistory */.Lu)(engine, holder.id, environment);
    }
    finally {
        await engine.call('remove the reader', (docker) => docker.getContainer(holder.id).remove({ force: true }));
    }
}

;// CONCATENATED MODULE: ./build/js/deploy/state/rebuild.js


/** The edge's model from what its servers point at. Pure. */
function edgeModel(listing, hosts) {
    if (!listing.edge)
        return undefined;
    const slot = (name) => {
        const servers = [...hosts]
            .filter(([server, host]) => server.startsWith(name) && host !== '-')
            .map(([, host]) => host);
        const container = listing.apps.find((c) => c.name === servers[0]);
        if (!container)
            return null;
        return { release: container.labels.release, port: container.labels.spec.port ?? 0, servers, share: 0 };
    };
    const room = Math.max(2, [...hosts.keys()].filter((server) => server.startsWith('a')).length);
    const sticky = listing.apps.some((c) => c.labels.spec.sticky);
    return {
        image: listing.edge.Image,
        publish: (0,container/* publishedBy */.Qv)(listing.edge),
        sticky,
        room,
        slots: { a: slot('a'), b: slot('b') },
    };
}
const byWeight = (weights) => [...weights].sort((x, y) => y[1] - x[1])[0]?.[0];
/** Without an edge to ask: what ran before the newest that runs, for the newest may not have been found good yet. */
function byState(newestFirst) {
    const running = newestFirst.filter((c) => c.state === 'running').map((c) => c.labels);
    return running.find((labels) => labels.release === running[0]?.previous)?.release ?? running[0]?.release;
}
/**
 * A history made again from the labels of the containers, when the file is lost. What serves is good; so is each
 * release that was the good one when a good one was made. Of the others nothing is known, and they are called bad:
 * a rollback must not land on them by itself.
 */
function rebuild(app, environment, listing, hosts, weights = new Map()) {
    const history = (0,state_history/* emptyHistory */.s4)(app, environment);
    const byRelease = new Map(listing.apps.map((c) => [c.labels.release, c]));
    const releases = [...byRelease.values()].sort((x, y) => y.labels.at.localeCompare(x.labels.at));
    history.releases = releases.map(({ labels }) => ({
        release: labels.release,
        image: labels.image,
        status: 'bad',
        at: labels.at,
        by: labels.actor,
        run: labels.run,
        reason: 'rebuilt from labels',
        commit: '',
        spec: labels.spec,
        timings: {},
    }));
    const edge = edgeModel(listing, hosts);
    if (edge) {
        for (const name of ['a', 'b']) {
            const slot = edge.slots[name];
            if (slot)
                slot.share = weights.get(slot.release) ?? 0;
        }
        history.edge = edge;
    }
    history.current = byWeight(weights) ?? byState(releases) ?? '';
    for (let at = history.current; at; at = byRelease.get(at)?.labels.previous) {
        const record = history.releases.find((r) => r.release === at);
        if (!record || record.status === 'good')
            break;
        record.status = 'good';
    }
    return history;
}

;// CONCATENATED MODULE: ./build/js/deploy/host.js













/** One Docker host as a run sees it: what is there, what history says, the lock, and the edge's session. */
class Host {
    engine;
    app;
    environment;
    #clock;
    listing = { apps: [], edge: undefined, strangers: [] };
    history;
    lock;
    runtime;
    /** A file that could not be read; kept aside before ours is written. */
    #strange;
    constructor(engine, app, environment, clock) {
        this.engine = engine;
        this.app = app;
        this.environment = environment;
        this.#clock = clock;
        this.history = (0,state_history/* emptyHistory */.s4)(app, environment);
    }
    get label() {
        return this.engine.label;
    }
    async refresh(signal) {
        this.listing = await (0,containers/* listApp */.W)(this.engine, this.app, this.environment, signal);
        if (!this.runtime && this.edgeRuns)
            this.runtime = new Runtime(this.engine, this.listing.edge.Id);
    }
    get edgeRuns() {
        return this.listing.edge?.State === 'running';
    }
    of(release) {
        return this.listing.apps.filter((c) => c.labels.release === release);
    }
    releases() {
        return [...new Set(this.listing.apps.map((c) => c.labels.release))];
    }
    async takeLock(request) {
        this.lock = await (0,lock/* acquire */.XC)(this.engine, request);
    }
    /** Reads the history through the lock's container, or the edge, whichever is there; rebuilt from labels when lost. */
    async load(signal) {
        const door = this.lock?.id ?? this.listing.edge?.Id;
        const read = door
            ? await (0,store/* readHistory */.Lu)(this.engine, door, this.environment, { signal })
            : await readByHolder(this.engine, this.app, this.environment);
        if (read.kind === 'found') {
            this.history = read.history;
            return undefined;
        }
        this.#strange = read.kind === 'strange' ? read : undefined;
        const [hosts, shares] = this.edgeRuns ? [await this.runtime.hosts(), await this.shares()] : [new Map(), new Map()];
        this.history = rebuild(this.app, this.environment, this.listing, hosts, shares);
        if (read.kind === 'strange')
            return `the history can't be used (${read.why}): it is kept aside and rebuilt from labels`;
        return this.history.releases.length ? 'the history was lost: rebuilt from the labels of the containers' : undefined;
    }
    /** The engine's clock; ours until the lock has told it. */
    now() {
        return this.lock?.now() ?? this.#clock.now();
    }
    /** Writes the changed history down (with the edge's file); only then does memory follow. */
    async save(edit) {
        if (!this.lock)
            throw new errors/* SeatrialError */.CP('INTERNAL', 'history is only written under the lock.');
        await this.lock.guard();
        if (this.#strange) {
            await (0,store/* keepAside */.EJ)(this.engine, this.lock.id, this.environment, this.#strange.text, this.now());
            this.#strange = undefined;
        }
        const next = (0,state_history/* change */.Zg)(this.history, (draft) => {
            edit(draft);
            draft.rev++;
        });
        const config = next.edge && (0,edge_config/* renderConfig */.Xs)(next.edge);
        await (0,store/* writeHistory */.wn)(this.engine, this.lock.id, next, config);
        this.history = next;
    }
    /** Makes sure that the edge runs as the model says. Answers what was done, in words, or nothing. */
    async ensureEdge(wanted) {
        const before = this.history.edge;
        const room = Math.max(wanted.room, before?.room ?? 2);
        const listed = this.listing.edge;
        // A newer default must not cost a running edge its life; one the user names does.
        const keep = listed && before && (wanted.image === inputs/* DEFAULT_EDGE_IMAGE */.kD || wanted.image === before.image);
        const image = keep ? before.image : wanted.image;
        const model = { ...wanted, room, image, slots: before?.slots ?? { a: null, b: null } };
        const moved = listed && (0,container/* publishedBy */.Qv)(listed) !== model.publish;
        const fits = listed && !moved && before?.image === model.image && listed.State === 'running';
        if (fits) {
            if (before && (0,edge_config/* structureOf */.pH)(before) === (0,edge_config/* structureOf */.pH)(model))
                return undefined;
            await this.reshape(model);
            return 'the edge took on a new configuration, without a gap';
        }
        await this.lock?.guard();
        await (0,container/* ensureNetwork */.j2)(this.engine, this.app, this.environment);
        this.runtime?.close();
        this.runtime = undefined;
        if (listed)
            await (0,containers/* removeContainer */.od)(this.engine, listed.Id);
        await (0,container/* startEdge */.KN)(this.engine, this.app, this.environment, model);
        await this.save((draft) => {
            draft.edge = model;
        });
        await this.refresh();
        if (!listed)
            return `started the edge ${(0,containers/* edgeName */.Hg)(this.app)} on ${model.publish}`;
        return moved || listed.State === 'running'
            ? 'replaced the edge: a gap of less than a second'
            : 'the edge was down and was started anew';
    }
    /** Removes an edge that has nothing to serve, so that nothing listens. */
    async dropEdge() {
        this.runtime?.close();
        this.runtime = undefined;
        if (this.listing.edge)
            await (0,containers/* removeContainer */.od)(this.engine, this.listing.edge.Id);
        await this.save((draft) => {
            draft.edge = undefined;
        });
        await this.refresh();
    }
    /** A new structure: checked by HAProxy itself, then a reload that hands the sockets over. */
    async reshape(model) {
        const edge = this.listing.edge.Id;
        await (0,archive/* putFiles */.p)(this.engine, edge, store/* MOUNT */.S7, [{ name: `${store/* EDGE_FILE */.dh}.next`, content: (0,edge_config/* renderConfig */.Xs)(model) }]);
        await this.runtime.check(`${store/* MOUNT */.S7}/${store/* EDGE_FILE */.dh}.next`);
        await this.save((draft) => {
            draft.edge = model;
        });
        await this.engine.call('reload the edge', (docker, abortSignal) => docker.getContainer(edge).kill({ signal: 'SIGUSR2', abortSignal }));
        for (let tries = 0;; tries++) {
            this.runtime.close();
            await this.#clock.sleep(100);
            const servers = await this.runtime.stat().catch(() => []); // the old worker may still answer, or nobody for a moment
            if (servers.length === model.room * edge_config/* SLOTS */._f.length)
                return;
            if (tries === 50)
                throw new errors/* SeatrialError */.CP('EDGE_CONFIG', `${this.label}: the edge did not take on its new configuration; look at its log.`);
        }
    }
    /** Whether this host's traffic goes through an edge. */
    get edged() {
        return this.history.edge !== undefined;
    }
    /** The slot a release has, or would be given. */
    freeSlot(release) {
        const edge = this.history.edge;
        const slot = this.slotOf(release) ?? edge_config/* SLOTS */._f.find((s) => !edge?.slots[s]) ?? edge_config/* SLOTS */._f.find((s) => edge.slots[s].share === 0);
        if (!slot)
            throw new errors/* SeatrialError */.CP('SLOT_BUSY', `${this.label}: both slots have traffic; promote or roll back the release that waits.`);
        return slot;
    }
    /** Takes a release out of the edge; with no other that has traffic, the edge answers 503. */
    async unseat(release) {
        const slot = this.slotOf(release);
        const edge = this.history.edge;
        for (let i = 0; i < edge.room; i++)
            await this.runtime.vacate(`${slot}${i + 1}`);
        await this.save((draft) => {
            draft.edge.slots[slot] = null;
        });
    }
    /** What a cut-off run did to the weights but did not write down: the edge is believed, it is what users meet. */
    async reconcile() {
        const { edge } = this.history;
        if (!edge || !this.edgeRuns)
            return;
        const shares = await this.shares();
        const differs = edge_config/* SLOTS */._f.some((s) => edge.slots[s] && Math.abs((shares.get(edge.slots[s].release) ?? 0) - edge.slots[s].share) > 0.005);
        if (!differs)
            return;
        const top = [...shares].sort((x, y) => y[1] - x[1])[0]?.[0];
        await this.save((draft) => {
            for (const s of edge_config/* SLOTS */._f) {
                const slot = draft.edge.slots[s];
                if (slot)
                    slot.share = shares.get(slot.release) ?? 0;
            }
            if (!draft.open && top && top !== draft.current && (0,state_history/* find */.I6)(draft, top)?.status === 'good') {
                (0,state_history/* mark */.Gy)(draft, draft.current, 'rolled-back');
                draft.current = top;
            }
        });
    }
    slotOf(release) {
        return edge_config/* SLOTS */._f.find((slot) => this.history.edge?.slots[slot]?.release === release);
    }
    /** Gives a release a slot of the edge at weight 0: a free one, else the one of a release without traffic. */
    async seat(release, port) {
        const edge = this.history.edge;
        const slot = this.freeSlot(release);
        const servers = this.of(release);
        for (let i = 0; i < edge.room; i++) {
            const container = servers[i];
            if (container)
                await this.runtime.point(`${slot}${i + 1}`, container.name, container.ip, port);
            else
                await this.runtime.vacate(`${slot}${i + 1}`);
        }
        await this.save((draft) => {
            draft.edge.slots[slot] = { release, port, servers: servers.map((c) => c.name), share: 0 };
            if (draft.open?.release === release)
                draft.open.traffic = true;
        });
    }
    /** Moves traffic by the runtime API: who gains first, so that somebody has it at every moment. Not yet in the file. */
    async shift(release, share) {
        const edge = this.history.edge;
        const slot = this.slotOf(release);
        if (!slot)
            throw new errors/* SeatrialError */.CP('INTERNAL', `${this.label}: ${release} has no slot.`);
        const other = slot === 'a' ? 'b' : 'a';
        const slots = structuredClone(edge.slots);
        slots[slot].share = share;
        if (slots[other])
            slots[other].share = 1 - share;
        const [old, fresh] = [(0,edge_weights/* slotWeights */.e)(edge.slots), (0,edge_weights/* slotWeights */.e)(slots)];
        const gains = (s) => Number(fresh[s] > 0 && (old[s] === 0 || slots[s].share > edge.slots[s].share));
        const order = [...edge_config/* SLOTS */._f].sort((x, y) => gains(y) - gains(x));
        const weights = order.flatMap((s) => (slots[s]?.servers ?? []).map((_, i) => [`${s}${i + 1}`, fresh[s]]));
        await this.runtime.setWeights(weights, edge.sticky);
        return { ...edge, slots };
    }
    /** Share of traffic by release, asked of the edge itself. Without an edge, what runs is what serves. */
    async shares() {
        const shares = new Map();
        if (!this.runtime || !this.edgeRuns) {
            // Containers behind an edge that is not there reach nobody, however well they run.
            const alone = this.of(this.history.current).filter((c) => c.labels.spec.edge === 'none' && c.state === 'running');
            return !this.history.edge && alone.length ? new Map([[this.history.current, 1]]) : shares;
        }
        const [stat, hosts] = await Promise.all([this.runtime.stat(), this.runtime.hosts()]);
        const usable = stat.filter((s) => !/^(MAINT|DOWN)/.test(s.status));
        const total = usable.reduce((sum, s) => sum + s.weight, 0);
        for (const server of usable) {
            const release = this.listing.apps.find((c) => c.name === hosts.get(server.name))?.labels.release;
            if (release)
                shares.set(release, (shares.get(release) ?? 0) + (total ? server.weight / total : 0));
        }
        return shares;
    }
    async slotStats(slot) {
        return (await this.runtime.stat()).filter((s) => s.name.startsWith(slot));
    }
    /** What the edge has counted for a slot since it started. */
    async counted(slot) {
        if (!slot || !this.runtime)
            return { requests: 0, errors: 0 };
        const stats = await this.slotStats(slot);
        return {
            requests: stats.reduce((sum, s) => sum + s.ok + s.errors5xx, 0),
            errors: stats.reduce((sum, s) => sum + s.errors5xx, 0),
        };
    }
    async close() {
        this.runtime?.close();
        await this.lock?.release();
        this.lock = undefined;
    }
}

;// CONCATENATED MODULE: ./build/js/deploy/run.js





function whoRuns(env) {
    const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
    return {
        by: env.GITHUB_ACTOR || env.USER || 'unknown',
        run: server && repository && id ? `${server}/${repository}/actions/runs/${id}` : '',
        commit: env.GITHUB_SHA ?? '',
    };
}
/** The one place that knows how a host is reached. */
async function openTransport(host, inputs) {
    const address = (0,docker_engine/* parseHost */.o6)(host, { ca: inputs['tls-ca'], cert: inputs['tls-cert'], key: inputs['tls-key'] });
    return { address, close: async () => undefined };
}
async function openRun(actions, inputs, clock = systemClock) {
    const names = inputs.hosts.length ? inputs.hosts : [(0,docker_engine/* defaultHost */.YX)(actions.env)];
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice)
        throw new errors/* SeatrialError */.CP('INPUT_INVALID', `hosts: "${twice}" is named twice.`);
    const started = clock.mono();
    const lost = new AbortController();
    const links = await Promise.all(names.map((name) => openTransport(name, inputs)));
    const hosts = links.map(({ address }) => new Host(new docker_engine/* Engine */.N$(address), inputs.app, inputs.environment, clock));
    return {
        actions,
        inputs,
        clock,
        who: whoRuns(actions.env),
        hosts,
        started,
        signal: AbortSignal.any([actions.signal, lost.signal]),
        abort: (reason) => lost.abort(reason),
        say: (line) => actions.info(`${(0,units/* formatDuration */.a3)(clock.mono() - started).padStart(7)}  ${line}`),
        closers: links.map((link) => link.close),
    };
}
/** Reads what is there on every host: containers, edge, history. Nothing is changed. */
async function lookAround(run) {
    await Promise.all(run.hosts.map(async (host) => {
        await host.refresh(run.signal);
        await host.load(run.signal);
    }));
}
/** Takes the lock of every host, in sorted order so that two runs never wait for each other; then looks again. */
async function lockAll(run) {
    const { inputs, who, clock, signal } = run;
    const sorted = [...run.hosts].sort((x, y) => (x.label < y.label ? -1 : 1));
    for (const host of sorted) {
        await host.takeLock({
            app: inputs.app,
            environment: inputs.environment,
            holder: `${who.by} (${inputs.command})`,
            run: who.run,
            waitMs: inputs['lock-wait'],
            clock,
            signal,
            onWait: (held) => run.say(`waiting for the lock of ${inputs.app}: ${held.holder} has it`),
        });
        host.lock?.heartbeat((error) => run.abort(error));
        saveLocks(run);
    }
}
/** What the post step needs to finish what a cancel cuts off. */
function saveLocks(run) {
    const held = run.hosts.filter((host) => host.lock).map((host) => ({ host: host.label, id: host.lock.id }));
    run.actions.saveState('locks', JSON.stringify(held));
}
/** Gives the locks back and closes every link. */
async function closeRun(run) {
    const locked = run.hosts.some((host) => host.lock);
    await Promise.all(run.hosts.map((host) => host.close()));
    if (locked)
        run.actions.saveState('locks', '[]');
    await Promise.all(run.closers.map((close) => close()));
}


/***/ }),

/***/ 2077:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R1: () => (/* binding */ specWarnings),
/* harmony export */   SB: () => (/* binding */ specFrom),
/* harmony export */   VX: () => (/* binding */ secretValues),
/* harmony export */   pQ: () => (/* binding */ specSchema)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6760);
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9691);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8175);
/* harmony import */ var _lib_units_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6737);





const healthSchema = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    path: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    command: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    intervalMs: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    timeoutMs: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    after: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    startPeriodMs: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    deadlineMs: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
});
/** Everything a container of the release is made from, without the values of secrets; kept in history and labels. */
const specSchema = zod__WEBPACK_IMPORTED_MODULE_4__/* .object */ .Ikc({
    /** As asked for; `repo@sha256:…` once it was resolved. */
    image: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(),
    /** The engine's own id of the image, `sha256:…`: what the containers are made from. */
    imageId: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().default(''),
    strategy: zod__WEBPACK_IMPORTED_MODULE_4__/* ["enum"] */ .k5n(['recreate', 'blue-green', 'canary']),
    edge: zod__WEBPACK_IMPORTED_MODULE_4__/* ["enum"] */ .k5n(['haproxy', 'none']),
    port: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig().optional(),
    publish: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    sticky: zod__WEBPACK_IMPORTED_MODULE_4__/* .boolean */ .zMY().default(false),
    replicas: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    env: zod__WEBPACK_IMPORTED_MODULE_4__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    /** Names only. */
    secrets: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    volumes: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    networks: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    memory: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig().optional(),
    cpus: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig().optional(),
    pids: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig().optional(),
    restart: zod__WEBPACK_IMPORTED_MODULE_4__/* ["enum"] */ .k5n(['no', 'on-failure', 'always', 'unless-stopped']),
    logMaxSize: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(),
    logMaxFile: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    stopSignal: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    stopTimeoutMs: zod__WEBPACK_IMPORTED_MODULE_4__/* .number */ .aig(),
    readOnly: zod__WEBPACK_IMPORTED_MODULE_4__/* .boolean */ .zMY(),
    user: zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP().optional(),
    capAdd: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    capDrop: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    labels: zod__WEBPACK_IMPORTED_MODULE_4__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    entrypoint: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    args: zod__WEBPACK_IMPORTED_MODULE_4__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_4__/* .string */ .YjP()),
    health: healthSchema,
});
function pairs(lines) {
    return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
/** Secret values by name: for files in the containers, never for a record. */
function secretValues(inputs) {
    return new Map(Object.entries(pairs(inputs.secrets)));
}
/** The lines of `env-file`; comments and blank lines fall away. */
function envFile(path, root) {
    if (!path)
        return {};
    let text;
    try {
        text = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readFileSync)((0,node_path__WEBPACK_IMPORTED_MODULE_1__.resolve)(root, path), 'utf8');
    }
    catch (cause) {
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('INPUT_INVALID', `env-file: "${path}" can't be read; is the repository checked out?`, {
            cause,
        });
    }
    const lines = (0,_lib_units_js__WEBPACK_IMPORTED_MODULE_3__/* .parseLines */ .Li)(text).filter((line) => !line.startsWith('#'));
    const wrong = lines.findIndex((line) => !/^[A-Za-z_][A-Za-z0-9_]*=/.test(line));
    if (wrong >= 0)
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('INPUT_INVALID', `env-file: line ${wrong + 1} that counts is not NAME=value.`);
    return pairs(lines);
}
/** The release as the inputs describe it; `root` is the workspace that env-file is read from. */
function specFrom(inputs, root) {
    (0,_lib_units_js__WEBPACK_IMPORTED_MODULE_3__/* .parseSize */ .DB)(inputs['log-max-size']);
    return {
        image: inputs.image ?? '',
        imageId: '',
        strategy: inputs.strategy,
        edge: inputs.publish ? inputs.edge : 'none',
        port: inputs.port,
        publish: inputs.publish,
        sticky: inputs.sticky,
        replicas: inputs.replicas,
        env: { ...envFile(inputs['env-file'], root), ...pairs(inputs.env) },
        secrets: [...secretValues(inputs).keys()],
        volumes: inputs.volumes,
        networks: inputs.networks,
        memory: inputs.memory,
        cpus: inputs.cpus === undefined ? undefined : Number(inputs.cpus),
        pids: inputs.pids,
        restart: inputs.restart,
        logMaxSize: inputs['log-max-size'],
        logMaxFile: inputs['log-max-file'],
        stopSignal: inputs['stop-signal'],
        stopTimeoutMs: inputs['stop-timeout'],
        readOnly: inputs['read-only'],
        user: inputs.user,
        capAdd: inputs['cap-add'],
        capDrop: inputs['cap-drop'],
        labels: pairs(inputs.labels),
        entrypoint: inputs.entrypoint,
        args: inputs.args,
        health: {
            path: inputs['health-path'],
            command: inputs['health-command'],
            intervalMs: inputs['health-interval'],
            timeoutMs: inputs['health-timeout'],
            after: inputs['healthy-after'],
            startPeriodMs: inputs['start-period'],
            deadlineMs: inputs['deploy-timeout'],
        },
    };
}
/** What a careful reader of the spec would say. */
function specWarnings(spec) {
    const found = [];
    if (spec.memory === undefined) {
        found.push('No memory limit: one leak takes the whole host down. Give memory, e.g. 512m.');
    }
    const suspicious = Object.keys(spec.env).filter((name) => /PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|API_?KEY/i.test(name));
    if (suspicious.length) {
        found.push(`env holds what looks like a secret (${suspicious.join(', ')}): docker inspect shows it. Use secrets.`);
    }
    if (!spec.health.path && spec.port) {
        found.push('No health-path: the gate only sees that the port takes connections. Give one, e.g. /healthz.');
    }
    return found;
}


/***/ }),

/***/ 5087:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K: () => (/* binding */ EMPTY_IMAGE),
/* harmony export */   z: () => (/* binding */ ensureEmptyImage)
/* harmony export */ });
/* harmony import */ var node_stream__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7075);

/** An image of no bytes, made on the host itself: what a container that never runs is made from. */
const EMPTY_IMAGE = 'seatrial/empty:1';
/** Imports an empty tar archive (two zero blocks) as an image; needs no registry. */
async function ensureEmptyImage(engine) {
    await engine.call('make an empty image', async (docker, abortSignal) => {
        const answer = await docker.importImage(node_stream__WEBPACK_IMPORTED_MODULE_0__.Readable.from([Buffer.alloc(1024)]), {
            repo: 'seatrial/empty',
            tag: '1',
            abortSignal,
        });
        for await (const chunk of answer)
            if (chunk.includes('"error"'))
                throw new Error(chunk.toString('utf8'));
    });
}


/***/ }),

/***/ 3034:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Bq: () => (/* binding */ trim),
/* harmony export */   Gy: () => (/* binding */ mark),
/* harmony export */   I6: () => (/* binding */ find),
/* harmony export */   Ml: () => (/* binding */ publicHistory),
/* harmony export */   Ut: () => (/* binding */ historySchema),
/* harmony export */   YW: () => (/* binding */ match),
/* harmony export */   Zg: () => (/* binding */ change),
/* harmony export */   eg: () => (/* binding */ waiting),
/* harmony export */   mC: () => (/* binding */ lastGood),
/* harmony export */   s4: () => (/* binding */ emptyHistory)
/* harmony export */ });
/* unused harmony exports STATUSES, edgeModelSchema */
/* harmony import */ var zod__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9691);
/* harmony import */ var _spec_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2077);


const STATUSES = ['pending', 'good', 'bad', 'rolled-back'];
const recordSchema = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    release: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    image: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    status: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(STATUSES),
    at: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    by: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    run: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    reason: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    commit: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    spec: _spec_js__WEBPACK_IMPORTED_MODULE_0__/* .specSchema */ .pQ,
    /** Milliseconds: until healthy, of the switch, of the whole deploy. */
    timings: zod__WEBPACK_IMPORTED_MODULE_1__/* .record */ .g1P(zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(), zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig()).default({}),
    /** When the warm copy may be stopped, by the engine's clock. */
    warmUntil: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().optional(),
});
const slotSchema = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    release: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    port: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig(),
    /** Container names, which Docker's DNS resolves. */
    servers: zod__WEBPACK_IMPORTED_MODULE_1__/* .array */ .YOg(zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP()),
    /** Share of traffic, 0 to 1. */
    share: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig(),
});
/** The edge as it should be: its configuration is rendered from this and nothing else. */
const edgeModelSchema = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    image: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    publish: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    sticky: zod__WEBPACK_IMPORTED_MODULE_1__/* .boolean */ .zMY().default(false),
    /** Servers each slot has room for. */
    room: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig(),
    slots: zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({ a: slotSchema.nullable(), b: slotSchema.nullable() }),
});
/** What an unfinished command was about; found by the next run when this one was killed. */
const journalSchema = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    command: zod__WEBPACK_IMPORTED_MODULE_1__/* ["enum"] */ .k5n(['deploy', 'promote', 'rollback']),
    release: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    /** Where traffic belongs when the command did not finish. */
    back: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    at: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    by: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    run: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP().default(''),
    /** The command had begun to give `release` traffic. */
    traffic: zod__WEBPACK_IMPORTED_MODULE_1__/* .boolean */ .zMY().default(false),
});
const historySchema = zod__WEBPACK_IMPORTED_MODULE_1__/* .object */ .Ikc({
    format: zod__WEBPACK_IMPORTED_MODULE_1__/* .literal */ .euz(1),
    rev: zod__WEBPACK_IMPORTED_MODULE_1__/* .number */ .aig(),
    app: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    environment: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    current: zod__WEBPACK_IMPORTED_MODULE_1__/* .string */ .YjP(),
    releases: zod__WEBPACK_IMPORTED_MODULE_1__/* .array */ .YOg(recordSchema),
    edge: edgeModelSchema.optional(),
    open: journalSchema.optional(),
});
const emptyHistory = (app, environment) => ({
    format: 1,
    rev: 0,
    app,
    environment,
    current: '',
    releases: [],
});
const find = (history, release) => history.releases.find((r) => r.release === release);
/** The newest release marked good that isn't `current`: what a rollback without an argument goes to. */
function lastGood(history, current = history.current) {
    return history.releases.find((r) => r.status === 'good' && r.release !== current);
}
/** A release of `promote: manual` that waits at its weight. */
function waiting(history) {
    if (history.open?.command === 'deploy')
        return undefined;
    return history.releases.find((r) => r.status === 'pending');
}
/** The release `to` means: id, commit, digest or tag; the newest where several fit. */
function match(history, to) {
    const hex = /^[0-9a-f]{7,64}$/.test(to);
    return (find(history, to) ??
        history.releases.find((r) => r.image === to ||
            r.spec.imageId === to ||
            r.image.endsWith(`@${to}`) ||
            r.image.endsWith(`:${to}`) ||
            (hex && (r.commit.startsWith(to) || r.image.includes(`@sha256:${to}`)))));
}
/** Changes a copy: a history that was not written down must not look as if it was. */
function change(history, edit) {
    const draft = structuredClone(history);
    edit(draft);
    return draft;
}
function mark(history, release, status) {
    const record = find(history, release);
    if (record)
        record.status = status;
}
/** Old entries fall off, but never one that serves, waits, or is the last good. */
function trim(history, keep = 50) {
    const needed = new Set([history.current, lastGood(history)?.release, waiting(history)?.release]);
    history.releases = history.releases.filter((r, i) => i < keep || needed.has(r.release));
}
/** The public shape of the output `history`. */
function publicHistory(history) {
    return {
        app: history.app,
        environment: history.environment,
        current: history.current,
        releases: history.releases.map(({ release, image, status, at, by, run, reason }) => ({
            release,
            image,
            status,
            at,
            by,
            run,
            reason,
        })),
    };
}


/***/ }),

/***/ 9267:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Pf: () => (/* binding */ label),
/* harmony export */   ct: () => (/* binding */ ownLabels),
/* harmony export */   k2: () => (/* binding */ readLabels),
/* harmony export */   vA: () => (/* binding */ writeLabels)
/* harmony export */ });
/* harmony import */ var _spec_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2077);

const PREFIX = 'io.seatrial.';
/** `io.seatrial.<name>`; the names are a public contract. */
const label = (name) => `${PREFIX}${name}`;
/** Labels of one app container. Immutable, so they say what it is, never how it fares. */
function writeLabels(labels) {
    const { spec, ...rest } = labels;
    const flat = Object.fromEntries(Object.entries(rest).map(([name, value]) => [label(name), value]));
    return { ...flat, [label('role')]: 'app', [label('spec')]: JSON.stringify(spec) };
}
/** Labels of what is ours on a host but runs no release. */
function ownLabels(app, environment, role) {
    return { [label('app')]: app, [label('environment')]: environment, [label('role')]: role };
}
/** Reads the labels of an app container; undefined when they are not ours or can't be read. */
function readLabels(labels) {
    if (labels[label('role')] !== 'app')
        return undefined;
    const get = (name) => labels[label(name)] ?? '';
    let raw;
    try {
        raw = JSON.parse(get('spec'));
    }
    catch {
        return undefined; // a container of a stranger that borrowed our labels
    }
    const spec = _spec_js__WEBPACK_IMPORTED_MODULE_0__/* .specSchema */ .pQ.safeParse(raw);
    if (!spec.success)
        return undefined;
    return {
        app: get('app'),
        environment: get('environment'),
        release: get('release'),
        image: get('image'),
        spec: spec.data,
        run: get('run'),
        actor: get('actor'),
        previous: get('previous'),
        slot: get('slot'),
        at: get('at'),
    };
}


/***/ }),

/***/ 5759:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EH: () => (/* binding */ volumeName),
/* harmony export */   XC: () => (/* binding */ acquire),
/* harmony export */   mF: () => (/* binding */ readLock),
/* harmony export */   oW: () => (/* binding */ removeLock)
/* harmony export */ });
/* unused harmony exports LEASE_MS, lockName, Lock */
/* harmony import */ var _lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9765);
/* harmony import */ var _lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7169);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8175);
/* harmony import */ var _empty_image_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5087);
/* harmony import */ var _labels_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9267);
/* harmony import */ var _store_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(303);






const LEASE_MS = 60_000;
/** A lease renewed this short a time ago can't have run out: no call is spent on proving it. */
const FRESH_MS = 5_000;
const HEARTBEAT_MS = 15_000;
const lockName = (app) => `${app}-lock`;
const volumeName = (app) => `${app}-seatrial`;
/** Who holds the lock now; undefined when nobody does. */
async function readLock(engine, app) {
    try {
        const info = await engine.call('look at the lock', (docker, abortSignal) => docker.getContainer(lockName(app)).inspect({ abortSignal }));
        const lease = await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .getFile */ .l)(engine, info.Id, '/lease');
        const labels = info.Config.Labels ?? {};
        const renewed = Number(lease?.toString('utf8'));
        return {
            id: info.Id,
            holder: labels[(0,_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('holder')] ?? 'unknown',
            run: labels[(0,_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('run')] ?? '',
            since: info.Created,
            expiresAt: renewed > 0 ? renewed : Date.parse(info.Created) + LEASE_MS,
        };
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 404)
            return undefined;
        throw error;
    }
}
async function removeLock(engine, id) {
    try {
        await engine.call('remove the lock', (docker, abortSignal) => docker.getContainer(id).remove({ force: true, abortSignal }));
        return true;
    }
    catch (error) {
        // 404: gone already; 409: another run is at it. Either way we were not the one.
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 404 || (0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 409)
            return false;
        throw error;
    }
}
/** A lease on one app of one host: a created, never started container whose name only one can have. */
class Lock {
    engine;
    id;
    #clock;
    /** Engine's clock minus our monotonic one; a runner whose clock is wrong does no harm. */
    #offset;
    #renewed;
    #timer;
    #lost;
    constructor(engine, id, createdAt, clock) {
        this.engine = engine;
        this.id = id;
        this.#clock = clock;
        this.#offset = createdAt - clock.mono();
        this.#renewed = clock.mono();
    }
    /** The engine's clock, milliseconds since the epoch. */
    now() {
        return this.#offset + this.#clock.mono();
    }
    /** Called before each step that changes something: proves that the lock is still ours, and renews it. */
    async guard() {
        if (this.#lost)
            throw this.#lost;
        if (this.#clock.mono() - this.#renewed < FRESH_MS)
            return;
        await this.renew();
    }
    async renew() {
        try {
            await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(this.engine, this.id, '/', [
                { name: 'lease', content: String(Math.round(this.now() + LEASE_MS)) },
            ]);
            this.#renewed = this.#clock.mono();
        }
        catch (cause) {
            if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(cause) !== 404)
                throw cause;
            this.#lost = new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('LOCK_LOST', `${this.engine.label}: the lock was taken from us; nothing more was changed. Run again.`, { cause });
            throw this.#lost;
        }
    }
    /** Renews in the background while something long runs; `onLost` is told once when the lock is gone. */
    heartbeat(onLost) {
        this.#timer = setInterval(() => {
            this.renew().catch((error) => {
                // A link that is cut for a moment is met again by guard(); a lost lock stops the run now.
                if (this.#lost)
                    onLost(error);
            });
        }, HEARTBEAT_MS);
        this.#timer.unref();
    }
    async release() {
        clearInterval(this.#timer);
        await removeLock(this.engine, this.id);
    }
}
async function tryCreate(engine, request) {
    const { app, environment, holder, run } = request;
    const create = () => engine.call('take the lock', (docker, abortSignal) => docker.createContainer({
        name: lockName(app),
        Image: _empty_image_js__WEBPACK_IMPORTED_MODULE_3__/* .EMPTY_IMAGE */ .K,
        Cmd: ['lease'],
        Labels: { ...(0,_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .ownLabels */ .ct)(app, environment, 'lock'), [(0,_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('holder')]: holder, [(0,_labels_js__WEBPACK_IMPORTED_MODULE_4__/* .label */ .Pf)('run')]: run },
        HostConfig: { Binds: [`${volumeName(app)}:${_store_js__WEBPACK_IMPORTED_MODULE_5__/* .MOUNT */ .S7}`] },
        abortSignal,
    }));
    try {
        return (await create()).id;
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 409)
            return undefined;
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) !== 404)
            throw error;
    }
    await (0,_empty_image_js__WEBPACK_IMPORTED_MODULE_3__/* .ensureEmptyImage */ .z)(engine);
    try {
        return (await create()).id;
    }
    catch (error) {
        if ((0,_lib_docker_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .statusOf */ .c2)(error) === 409)
            return undefined;
        throw error;
    }
}
/** Takes the lock, waiting at most `waitMs`; steals it only by id and only when its lease has run out. LOCK_HELD else. */
async function acquire(engine, request) {
    const { app, clock, signal, waitMs } = request;
    const end = clock.mono() + waitMs;
    let told = '';
    for (;;) {
        const id = await tryCreate(engine, request);
        if (id) {
            const info = await engine.call('look at the lock', (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }));
            return new Lock(engine, id, Date.parse(info.Created), clock);
        }
        const held = await readLock(engine, app);
        if (!held)
            continue;
        const { dateMs } = await engine.ping();
        if (dateMs > held.expiresAt) {
            await removeLock(engine, held.id);
            continue;
        }
        if (clock.mono() >= end) {
            throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .SeatrialError */ .CP('LOCK_HELD', `${engine.label}: ${app} is held by ${held.holder}${held.run ? ` (${held.run})` : ''} since ${held.since.slice(0, 19)}Z, for ${Math.ceil((held.expiresAt - dateMs) / 1000)} s more unless renewed; wait with lock-wait, or command: unlock.`);
        }
        if (told !== held.id)
            request.onWait?.(held);
        told = held.id;
        await clock.sleep(Math.min(500, Math.max(1, end - clock.mono())), signal);
    }
}


/***/ }),

/***/ 303:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   EJ: () => (/* binding */ keepAside),
/* harmony export */   Lu: () => (/* binding */ readHistory),
/* harmony export */   S7: () => (/* binding */ MOUNT),
/* harmony export */   dh: () => (/* binding */ EDGE_FILE),
/* harmony export */   wn: () => (/* binding */ writeHistory)
/* harmony export */ });
/* unused harmony export parseHistory */
/* harmony import */ var _lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9765);
/* harmony import */ var _history_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3034);


/** Where the volume `<app>-seatrial` is mounted in every container that reaches it. */
const MOUNT = '/seatrial';
const EDGE_FILE = 'haproxy.cfg';
const fileName = (environment) => `history-${environment}.json`;
/** Pure: what a stored file holds. */
function parseHistory(text) {
    let raw;
    try {
        raw = JSON.parse(text.toString('utf8'));
    }
    catch {
        return { kind: 'strange', why: 'it is not JSON', text };
    }
    const format = raw?.format;
    if (typeof format === 'number' && format > 1)
        return { kind: 'strange', why: `its format is ${format}, newer than ours`, text };
    const parsed = _history_js__WEBPACK_IMPORTED_MODULE_1__/* .historySchema */ .Ut.safeParse(raw);
    if (parsed.success)
        return { kind: 'found', history: parsed.data };
    const issue = parsed.error.issues[0];
    return { kind: 'strange', why: `${issue?.path.join('.')}: ${issue?.message}`, text };
}
/** Reads the history through any container that mounts the volume, running or not. */
async function readHistory(engine, container, environment, options = {}) {
    const text = await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .getFile */ .l)(engine, container, `${MOUNT}/${fileName(environment)}`, options);
    return text ? parseHistory(text) : { kind: 'none' };
}
/** Writes history and the edge's configuration in one call, so that they never tell two stories for long. */
async function writeHistory(engine, container, history, edgeConfig, options = {}) {
    const files = [{ name: fileName(history.environment), content: JSON.stringify(history) }];
    if (edgeConfig)
        files.push({ name: EDGE_FILE, content: edgeConfig });
    await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(engine, container, MOUNT, files, options);
}
/** Puts a history that is not ours to read beside the new one. */
async function keepAside(engine, container, environment, text, atMs) {
    const name = `${fileName(environment)}.kept-${new Date(atMs).toISOString().replace(/[:.]/g, '')}`;
    await (0,_lib_docker_archive_js__WEBPACK_IMPORTED_MODULE_0__/* .putFiles */ .p)(engine, container, MOUNT, [{ name, content: text }]);
    return name;
}



/***/ }),

/***/ 9765:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ getFile),
/* harmony export */   p: () => (/* binding */ putFiles)
/* harmony export */ });
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8321);
/* harmony import */ var tar_stream__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6118);
/* harmony import */ var _engine_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7169);



/** Puts files into a container (also a created, never started one) below `path`. */
async function putFiles(engine, container, path, files, options = {}) {
    const pack = tar_stream__WEBPACK_IMPORTED_MODULE_1__.pack();
    for (const { name, content, mode = 0o644, uid = 0, gid = 0 } of files)
        pack.entry({ name, mode, uid, gid }, content);
    pack.finalize();
    const body = await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)(pack);
    await engine.call(`put files into ${container}`, (docker, abortSignal) => docker.getContainer(container).putArchive(body, { path, abortSignal }), options);
}
/** Reads one file out of a container; undefined when it isn't there. */
async function getFile(engine, container, path, options = {}) {
    try {
        return await engine.call(`read ${path} of ${container}`, async (docker, abortSignal) => {
            const stream = await docker.getContainer(container).getArchive({ path, abortSignal });
            const extract = tar_stream__WEBPACK_IMPORTED_MODULE_1__.extract();
            let found;
            extract.on('entry', (header, entry, next) => {
                void (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_0__.buffer)(entry).then((content) => {
                    if (header.type === 'file')
                        found ??= content;
                    next();
                }, next);
            });
            await new Promise((resolve, reject) => {
                stream.on('error', reject);
                extract.on('error', reject).on('finish', resolve);
                stream.pipe(extract);
            });
            return found;
        }, options);
    }
    catch (error) {
        if ((0,_engine_js__WEBPACK_IMPORTED_MODULE_2__/* .statusOf */ .c2)(error) === 404)
            return undefined;
        throw error;
    }
}


/***/ }),

/***/ 7169:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   N$: () => (/* binding */ Engine),
/* harmony export */   YX: () => (/* binding */ defaultHost),
/* harmony export */   c2: () => (/* binding */ statusOf),
/* harmony export */   o6: () => (/* binding */ parseHost)
/* harmony export */ });
/* harmony import */ var dockerode__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(9040);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8175);


/** The status code of an engine's refusal, 0 when it wasn't one. */
function statusOf(error) {
    const cause = error instanceof _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP ? error.cause : error;
    return Number(cause?.statusCode ?? 0);
}
/** One Docker engine. Every call has an abort signal and an outer deadline; the API version is the daemon's own. */
class Engine {
    label;
    docker;
    /** Aborts every call of this engine, e.g. when its tunnel died. */
    #closed = new AbortController();
    constructor(address) {
        this.label = address.label;
        const { tcp } = address;
        this.docker = address.socketPath
            ? new dockerode__WEBPACK_IMPORTED_MODULE_0__({ socketPath: address.socketPath })
            : new dockerode__WEBPACK_IMPORTED_MODULE_0__({
                host: tcp.host,
                port: tcp.port,
                ca: tcp.ca,
                cert: tcp.cert,
                key: tcp.key,
                protocol: tcp.ca ? 'https' : 'http',
            });
    }
    close(reason = new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('ENGINE_UNREACHABLE', `${this.label}: the connection was closed.`)) {
        this.#closed.abort(reason);
    }
    /**
     * Runs one engine call. `name` says in errors what was being done ("create container shop-r1-1").
     * Errors: ENGINE_TIMEOUT, ENGINE_UNREACHABLE, ENGINE_REFUSED (with the daemon's words and its status as cause).
     */
    async call(name, body, { timeoutMs = 30_000, signal } = {}) {
        const deadline = AbortSignal.timeout(timeoutMs);
        const abort = AbortSignal.any([deadline, this.#closed.signal, ...(signal ? [signal] : [])]);
        abort.throwIfAborted();
        let onAbort = () => undefined;
        const aborted = new Promise((_, reject) => {
            onAbort = () => reject(abort.reason);
            abort.addEventListener('abort', onAbort, { once: true });
        });
        try {
            return await Promise.race([body(this.docker, abort), aborted]);
        }
        catch (cause) {
            throw this.#explain(name, cause, deadline, timeoutMs, abort);
        }
        finally {
            abort.removeEventListener('abort', onAbort);
        }
    }
    #explain(name, cause, deadline, timeoutMs, abort) {
        if (cause instanceof _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP)
            return cause;
        const status = statusOf(cause);
        if (status > 0) {
            const words = String(cause.json?.message ?? cause.message);
            return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('ENGINE_REFUSED', `${this.label}: ${name}: ${words.trim()}`, { cause });
        }
        if (deadline.aborted) {
            return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('ENGINE_TIMEOUT', `${this.label}: ${name}: no answer within ${timeoutMs / 1000} s; check the engine's load and its log.`, { cause });
        }
        if (abort.aborted)
            return abort.reason;
        const code = cause.code ?? (cause instanceof Error ? cause.message : String(cause));
        return new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('ENGINE_UNREACHABLE', `${this.label}: ${name}: ${code}; is the Docker engine running and may this user reach it?`, { cause });
    }
    /** API version and the daemon's clock, which leases are judged by. */
    async ping(options = {}) {
        return this.call('ask its version', async (docker) => {
            // SystemTime carries nanoseconds where /_ping's Date header has whole seconds only.
            const [version, info] = await Promise.all([docker.version(), docker.info()]);
            return { apiVersion: version.ApiVersion, version: version.Version, dateMs: Date.parse(info.SystemTime) };
        }, { timeoutMs: 10_000, ...options });
    }
}
/** `unix:///path`, `tcp://host:port` or nothing (the default socket) to an address; ssh is a tunnel of its own. */
function parseHost(host, tls = {}) {
    const unix = /^unix:\/\/(\/.+)$/.exec(host);
    if (unix)
        return { label: host, socketPath: unix[1] };
    const tcp = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(host);
    if (tcp)
        return { label: host, tcp: { host: tcp[1].replace(/^\[|\]$/g, ''), port: Number(tcp[2]), ...tls } };
    throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .SeatrialError */ .CP('INPUT_INVALID', `hosts: "${host}" is not a Docker host; write unix:///var/run/docker.sock, tcp://h:2376 or ssh://user@h:22.`);
}
/** The engine this machine's Docker commands mean: DOCKER_HOST, else the default socket. */
function defaultHost(env) {
    return env.DOCKER_HOST || 'unix:///var/run/docker.sock';
}


/***/ }),

/***/ 158:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Xm: () => (/* binding */ execIn),
/* harmony export */   cv: () => (/* binding */ exchange),
/* harmony export */   fA: () => (/* binding */ openSession)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8175);
/* harmony import */ var _logs_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4996);


async function open(engine, container, cmd, stdin, options) {
    const exec = await engine.call(`exec in ${container}`, async (docker, abortSignal) => docker
        .getContainer(container)
        .exec({ Cmd: cmd, AttachStdin: stdin, AttachStdout: true, AttachStderr: true, abortSignal }), options);
    const stream = await engine.call(`exec in ${container}`, async (_, abortSignal) => exec.start({ hijack: true, stdin, abortSignal }), options);
    return { exec, stream: stream };
}
/** Runs `cmd` in a running container to its end. Missing binaries answer 126 or 127, as a shell would. */
async function execIn(engine, container, cmd, options = {}) {
    const { exec, stream } = await open(engine, container, cmd, false, options);
    const chunks = [];
    try {
        await engine.call(`exec in ${container}: wait for ${cmd[0]}`, () => new Promise((resolve, reject) => {
            stream.on('data', (chunk) => chunks.push(chunk));
            stream.once('end', resolve);
            stream.once('close', resolve);
            stream.once('error', reject);
        }), options);
    }
    finally {
        stream.destroy();
    }
    const { ExitCode } = await engine.call(`exec in ${container}: exit code`, (_, abortSignal) => exec.inspect({ abortSignal }), options);
    return { exitCode: ExitCode ?? -1, ...(0,_logs_js__WEBPACK_IMPORTED_MODULE_1__/* .demuxAll */ .R1)(Buffer.concat(chunks)) };
}
/**
 * Runs `cmd`, writes `input`, and reads until `until` holds, the command ends, or `timeoutMs` is over. Its stdin stays
 * open meanwhile: `nc` would shut down its sending half at the end of it, which servers take for a client gone.
 */
async function exchange(engine, container, cmd, input, { until = () => false, timeoutMs = 5000, signal } = {}) {
    const { stream } = await open(engine, container, cmd, true, { timeoutMs: 30_000, signal });
    const demux = (0,_logs_js__WEBPACK_IMPORTED_MODULE_1__/* .createDemux */ .E$)();
    let text = '';
    try {
        return await new Promise((resolve, reject) => {
            const timer = setTimeout(() => resolve({ text, ended: false }), timeoutMs);
            const end = () => resolve({ text, ended: true });
            stream.once('close', () => clearTimeout(timer));
            stream.on('data', (chunk) => {
                for (const part of demux(chunk))
                    text += part.data.toString('utf8');
                if (until(text))
                    resolve({ text, ended: false });
            });
            stream.once('end', end).once('close', end).once('error', reject);
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
            stream.write(input);
        });
    }
    finally {
        stream.destroy();
    }
}
/**
 * Opens `cmd` with attached stdin and keeps it: a question then costs a millisecond where an exec each costs a
 * hundred (notes: deploy, "one session instead of an exec each"). Questions are asked one at a time.
 */
async function openSession(engine, container, cmd, prompt, options = {}) {
    const { stream } = await open(engine, container, cmd, true, options);
    const demux = (0,_logs_js__WEBPACK_IMPORTED_MODULE_1__/* .createDemux */ .E$)();
    let buffer = '';
    let waiting;
    let dead;
    const die = (cause) => {
        dead ??= new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .SeatrialError */ .CP('EDGE_SESSION', `${engine.label}: the session with ${container} ended.`, { cause });
        waiting?.reject(dead);
        waiting = undefined;
    };
    stream.on('data', (chunk) => {
        for (const part of demux(chunk))
            buffer += part.data.toString('utf8');
        const at = buffer.indexOf(prompt);
        if (at < 0 || !waiting)
            return;
        const answer = buffer.slice(0, at);
        buffer = buffer.slice(at + prompt.length);
        waiting.resolve(answer);
        waiting = undefined;
    });
    stream.once('error', die);
    stream.once('close', () => die());
    stream.once('end', () => die());
    let queue = Promise.resolve();
    const ask = (line, timeoutMs = 5000) => {
        const turn = queue.then(() => engine.call(`ask ${container}`, () => new Promise((resolve, reject) => {
            if (dead)
                return reject(dead);
            waiting = { resolve, reject };
            stream.write(`${line}\n`);
        }), { timeoutMs, signal: options.signal }));
        queue = turn.catch(() => undefined); // the next question must not inherit this one's failure
        return turn;
    };
    return { ask, close: () => stream.destroy() };
}


/***/ }),

/***/ 4996:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E$: () => (/* binding */ createDemux),
/* harmony export */   OG: () => (/* binding */ logLines),
/* harmony export */   R1: () => (/* binding */ demuxAll)
/* harmony export */ });
/**
 * Splits Docker's multiplexed stream (8-byte header: stream, 0 0 0, length big-endian) into its two channels.
 * Source: Engine API, "Stream format". A container with a TTY sends no frames: don't use this for it.
 */
function createDemux() {
    let rest = Buffer.alloc(0);
    return (chunk) => {
        rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
        const out = [];
        while (rest.length >= 8) {
            const size = rest.readUInt32BE(4);
            if (rest.length < 8 + size)
                break;
            out.push({ stream: rest[0] === 2 ? 'stderr' : 'stdout', data: rest.subarray(8, 8 + size) });
            rest = rest.subarray(8 + size);
        }
        return out;
    };
}
function demuxAll(buffer) {
    const chunks = createDemux()(buffer);
    const pick = (stream) => Buffer.concat(chunks.filter((c) => c.stream === stream).map((c) => c.data)).toString('utf8');
    return { stdout: pick('stdout'), stderr: pick('stderr') };
}
/** Lines of a followed, multiplexed log; a half line at the end is given out when the stream ends. */
async function* logLines(stream) {
    const demux = createDemux();
    const rest = { stdout: '', stderr: '' };
    for await (const chunk of stream) {
        for (const part of demux(chunk)) {
            const lines = (rest[part.stream] + part.data.toString('utf8')).split('\n');
            rest[part.stream] = lines.pop();
            for (const line of lines)
                yield { stream: part.stream, line };
        }
    }
    for (const stream of ['stdout', 'stderr'])
        if (rest[stream])
            yield { stream, line: rest[stream] };
}


/***/ }),

/***/ 9145:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   FV: () => (/* binding */ escapeMarkdown),
/* harmony export */   aY: () => (/* binding */ code),
/* harmony export */   tp: () => (/* binding */ table)
/* harmony export */ });
/** Text safe inside Markdown prose and table cells: no markup, no HTML, no line break, no mention. */
function escapeMarkdown(text) {
    return text
        .replace(/[\r\n]+/g, ' ')
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replace(/[\\`*_[\]|~#]/g, (mark) => `\\${mark}`)
        .replaceAll('@', '@\u200b');
}
/** Inline code that survives backticks and pipes within. */
function code(text) {
    const clean = text.replace(/[\r\n]+/g, ' ').replaceAll('|', '\\|');
    const fence = clean.includes('`') ? '``' : '`';
    return clean === '' ? '' : `${fence}${fence === '``' ? ' ' : ''}${clean}${fence === '``' ? ' ' : ''}${fence}`;
}
/** A GitHub table; cells are already Markdown. */
function table(head, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}


/***/ }),

/***/ 105:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ redact)
/* harmony export */ });
/** Removes personal data and secrets from text that will be stored, printed or sent. See design section 5. */
function redact(text) {
    return text;
}


/***/ })

};
