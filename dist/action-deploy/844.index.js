export const id = 844;
export const ids = [844];
export const modules = {

/***/ 6844:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  runCommand: () => (/* binding */ runCommand)
});

// EXTERNAL MODULE: ./build/js/lib/errors.js
var errors = __webpack_require__(8175);
// EXTERNAL MODULE: ./build/js/lib/units.js
var units = __webpack_require__(6737);
// EXTERNAL MODULE: ./build/js/deploy/image.js
var deploy_image = __webpack_require__(4561);
;// CONCATENATED MODULE: ./build/js/deploy/plan.js

const list = (values) => values.join(', ') || 'none';
/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec) {
    if (!spec)
        return {};
    const { health } = spec;
    return {
        image: spec.image,
        strategy: spec.strategy,
        port: `${spec.publish ?? 'not published'} -> ${spec.port ?? 'none'}`,
        replicas: String(spec.replicas),
        env: list(Object.keys(spec.env).sort()),
        secrets: list([...spec.secrets].sort()),
        volumes: list(spec.volumes),
        networks: list(spec.networks),
        memory: spec.memory === undefined ? 'unlimited' : (0,units/* formatSize */.Xq)(spec.memory),
        cpus: spec.cpus === undefined ? 'unlimited' : String(spec.cpus),
        pids: spec.pids === undefined ? 'unlimited' : String(spec.pids),
        restart: spec.restart,
        log: `${spec.logMaxSize} x ${spec.logMaxFile}`,
        user: spec.user ?? 'of the image',
        'read-only': String(spec.readOnly),
        command: list([...spec.entrypoint, ...spec.args]) === 'none'
            ? 'of the image'
            : [...spec.entrypoint, ...spec.args].join(' '),
        health: [health.path, health.command, `${health.after} in a row`, `within ${(0,units/* formatDuration */.a3)(health.deadlineMs)}`]
            .filter(Boolean)
            .join(', '),
    };
}
/** What differs between what runs and what shall run. Values of variables are compared, not shown. */
function compare(from, to) {
    const [old, fresh] = [facts(from), facts(to)];
    const changes = Object.entries(fresh)
        .filter(([what, value]) => value !== old[what])
        .map(([what, value]) => ({ what, from: old[what] ?? '', to: value }));
    const altered = Object.keys(to.env).filter((name) => from && name in from.env && from.env[name] !== to.env[name]);
    if (altered.length)
        changes.push({ what: 'env values', from: '', to: `changed: ${altered.sort().join(', ')}` });
    return changes;
}
/** The plan as text, a diff a person reads. */
function describePlan(plan) {
    const changes = plan.changes.flatMap(({ what, from, to }) => [
        ...(from ? [`  - ${what}: ${from}`] : []),
        `  + ${what}: ${to}`,
    ]);
    return [
        `plan: ${plan.command} ${plan.app} to ${plan.environment} on ${plan.hosts.join(', ')}`,
        `  serving now: ${plan.from || 'nothing'}`,
        ...(changes.length ? changes : ['  no change of image or settings']),
        ...plan.steps.map((step, i) => `  ${i + 1}. ${step}`),
    ];
}

// EXTERNAL MODULE: ./build/js/deploy/edge/container.js
var container = __webpack_require__(7063);
// EXTERNAL MODULE: ./build/js/deploy/publish.js
var publish = __webpack_require__(1659);
;// CONCATENATED MODULE: ./build/js/deploy/preflight.js



/** What can be known to go wrong before anything is touched. Errors: ENVIRONMENT_CLASH, PORT_TAKEN. */
async function preflight(hosts, spec) {
    await Promise.all(hosts.map(async (host) => {
        const [stranger] = host.listing.strangers;
        if (stranger) {
            throw new errors/* SeatrialError */.CP('ENVIRONMENT_CLASH', `${host.label}: ${host.app} runs here for another environment (${stranger}); use another host, or another app name such as ${host.app}-${host.environment.toLowerCase()}.`);
        }
        const { edge } = host.listing;
        if (spec.publish && !(edge && (0,container/* publishedBy */.Qv)(edge) === spec.publish))
            await portIsFree(host, spec);
    }));
}
/** Whether some container has the port; what else listens on the host shows when the edge starts. */
async function portIsFree(host, spec) {
    const wanted = (0,publish/* parsePublish */.L)(spec.publish);
    const all = await host.engine.call('list containers', (docker, abortSignal) => docker.listContainers({ abortSignal }));
    const mine = new Set([host.listing.edge?.Id, ...(spec.edge === 'none' ? host.listing.apps.map((c) => c.id) : [])]);
    const has = (info) => info.Ports.some((port) => port.PublicPort && (0,publish/* clashes */.g)(wanted, { ip: port.IP ?? '', port: port.PublicPort }));
    const other = all.find((info) => !mine.has(info.Id) && has(info));
    if (!other)
        return;
    const name = (other.Names[0] ?? other.Id).replace(/^\//, '');
    throw new errors/* SeatrialError */.CP('PORT_TAKEN', `${host.label}: ${name} has port ${spec.publish}; choose another publish, or stop it first.`);
}

;// CONCATENATED MODULE: ./build/js/deploy/release-id.js
/**
 * A release's id: when (UTC, by the clock of the engine) and what (commit or image), e.g. `20261123-012136-0e498bf`.
 * Lower-case, so that it may stand in container names and DNS labels; `taken` makes it unique within a second.
 */
function releaseId(atMs, source, taken) {
    const [day, time] = new Date(atMs).toISOString().split('T');
    const stamp = `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
    const what = source
        .replace(/^sha256:/, '')
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .slice(0, 7);
    const base = what ? `${stamp}-${what}` : stamp;
    if (!taken.has(base))
        return base;
    for (let n = 2;; n++)
        if (!taken.has(`${base}-${n}`))
            return `${base}-${n}`;
}

// EXTERNAL MODULE: ./build/js/deploy/run.js + 5 modules
var deploy_run = __webpack_require__(8193);
// EXTERNAL MODULE: ./build/js/deploy/spec.js
var deploy_spec = __webpack_require__(2077);
// EXTERNAL MODULE: ./build/js/deploy/state/history.js
var state_history = __webpack_require__(3034);
// EXTERNAL MODULE: ./build/js/deploy/flow/steps.js
var steps = __webpack_require__(4770);
// EXTERNAL MODULE: ./build/js/deploy/flow/steps-on-host.js
var steps_on_host = __webpack_require__(7437);
// EXTERNAL MODULE: ./build/js/deploy/flow/traffic.js
var traffic = __webpack_require__(9732);
// EXTERNAL MODULE: ./build/js/deploy/gate-run.js + 1 modules
var gate_run = __webpack_require__(2634);
;// CONCATENATED MODULE: ./build/js/deploy/guard.js
/** Lower and upper bound of a share at 99 % confidence (Wilson's score interval). */
function wilson({ requests, errors }) {
    if (requests === 0)
        return [0, 1];
    const z = 2.5758;
    const p = errors / requests;
    const d = 1 + z ** 2 / requests;
    const centre = (p + z ** 2 / (2 * requests)) / d;
    const half = (z / d) * Math.sqrt((p * (1 - p)) / requests + z ** 2 / (4 * requests ** 2));
    return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
/** Fewer requests than this prove nothing. */
const ENOUGH = 20;
/**
 * Whether the new release's 5xx are beyond what the guard lets pass; answers why, or nothing. Judged against the
 * budget, and against the old release where it has traffic too: an outage both share is no fault of the new one.
 */
function tooManyErrors(fresh, old, budget) {
    if (fresh.requests < ENOUGH)
        return undefined;
    const [low] = wilson(fresh);
    const [, high] = old && old.requests >= ENOUGH ? wilson(old) : [0, 0];
    if (low <= Math.max(budget, high))
        return undefined;
    const share = ((100 * fresh.errors) / fresh.requests).toFixed(1);
    return `${fresh.errors} of ${fresh.requests} requests (${share} %) failed, the budget is ${(100 * budget).toFixed(1)} %`;
}

;// CONCATENATED MODULE: ./build/js/deploy/flow/watch.js




const minus = (now, then) => ({
    requests: now.requests - then.requests,
    errors: now.errors - then.errors,
});
/** Counters of edges, read at one moment: to be taken before the switch, so that no request of it is missed. */
async function markCounters(hosts, release, old) {
    return Promise.all(hosts.map(async (host) => ({
        host,
        fresh: await host.counted(host.slotOf(release)),
        old: await host.counted(old ? host.slotOf(old) : undefined),
    })));
}
/** The engine is asked each second, the edge ten times a second: a command over its open session costs 1 ms. */
const EDGE_EVERY = 100;
const ENGINE_EVERY = 1000;
/**
 * Guards a release that has traffic for `holdMs`: a restart, a container gone or unhealthy, or more 5xx than the
 * budget is WATCH_FAILED. `since` are the counters from before the switch.
 */
async function watch(run, since, release, spec, holdMs) {
    if (holdMs <= 0)
        return;
    const { clock, signal } = run;
    const begun = clock.mono();
    run.say(`watching ${release} for ${(0,units/* formatDuration */.a3)(holdMs)}: restarts, health, 5xx`);
    const fail = (why) => new errors/* SeatrialError */.CP('WATCH_FAILED', `${release} was taken back: ${why}; mend it and deploy again.`);
    const baseline = new Map();
    let asked = Number.NEGATIVE_INFINITY;
    for (;;) {
        const full = clock.mono() - asked >= ENGINE_EVERY;
        if (full)
            asked = clock.mono();
        for (const { host, fresh, old } of since) {
            const slot = host.slotOf(release);
            if (host.edged && slot) {
                const oldSlot = slot === 'a' ? 'b' : 'a';
                const [now, before] = [minus(await host.counted(slot), fresh), minus(await host.counted(oldSlot), old)];
                const why = tooManyErrors(now, before, run.inputs['watch-errors']);
                if (why)
                    throw fail(`${host.label}: ${why}`);
            }
            if (!full)
                continue;
            await host.lock?.guard();
            for (const container of host.of(release)) {
                const look = await (0,gate_run/* lookAt */.t)(host, container, { ...spec, port: undefined }, 0, signal);
                const known = baseline.get(container.id) ?? look.restarts;
                baseline.set(container.id, known);
                if (!look.running)
                    throw fail(`${host.label}: ${container.name} exited with code ${look.exitCode}${look.oomKilled ? ' (out of memory)' : ''}`);
                if (look.restarts > known ||
                    (look.restarts > 0 && known === look.restarts && clock.mono() - begun < ENGINE_EVERY)) {
                    throw fail(`${host.label}: ${container.name} crashed and was restarted`);
                }
                if (look.health === 'unhealthy')
                    throw fail(`${host.label}: Docker calls ${container.name} unhealthy`);
            }
        }
        if (clock.mono() - begun >= holdMs)
            return;
        await clock.sleep(EDGE_EVERY, signal);
    }
}

;// CONCATENATED MODULE: ./build/js/deploy/flow/bring-up.js





/** Shares a release goes through, with what each is held for; the last is where it stays. */
function stepsOf(run, record) {
    const { inputs } = run;
    if (record.spec.strategy !== 'canary')
        return [{ share: 1, holdMs: inputs.watch }];
    if (inputs.promote === 'manual')
        return [{ share: inputs['canary-weight'], holdMs: inputs.watch }];
    return (0,steps/* parseSteps */.$)(inputs['canary-steps'], inputs.watch);
}
/** The first host alone, then the rest together: a release that is bad is met once. */
function batches(hosts) {
    const [first, ...rest] = hosts;
    return rest.length ? [[first], rest] : [[first]];
}
/** Starts, gates and switches a release on every host, then watches it; answers the longest switch in milliseconds. */
async function bringUp(run, record) {
    const { release, spec } = record;
    let longest = 0;
    for (const batch of batches(run.hosts)) {
        await Promise.all(batch.map((host) => stand(run, host, record)));
        for (const step of stepsOf(run, record)) {
            run.signal.throwIfAborted();
            const since = await markCounters(batch, release, batch[0].history.open.back);
            const times = await Promise.all(batch.map((host) => (0,traffic/* give */.qU)(host, release, host.history.open.back ? step.share : 1, served)));
            longest = Math.max(longest, ...times);
            const where = batch.map((host) => host.label).join(', ');
            run.say(`${where}: ${release} has ${Math.round(step.share * 1000) / 10}% of the traffic (switched in ${Math.max(...times).toFixed(1)} ms)`);
            await watch(run, since, release, spec, step.holdMs);
        }
    }
    return longest;
}
const served = (draft) => {
    if (draft.open)
        draft.open.traffic = true;
};
/** Gets a release healthy on one host: beside the old one, or in its place. */
async function stand(run, host, record) {
    const { release, spec } = record;
    const back = host.history.open.back;
    if (spec.strategy === 'recreate' && back && (0,state_history/* find */.I6)(host.history, back)) {
        await (0,steps_on_host/* createMissing */.PM)(run, host, record);
        const begun = run.clock.mono();
        run.say(`${host.label}: stopping ${back}; nothing answers until ${release} is healthy`);
        // Out of the edge before it stops: its address may be given to the new container, which has passed no gate yet.
        if (host.edged && host.slotOf(back))
            await host.unseat(back);
        await (0,steps_on_host/* stopRelease */.a$)(host, back);
        await (0,steps_on_host/* makeReady */.wE)(run, host, record);
        run.say(`${host.label}: the gap was ${Math.round(run.clock.mono() - begun)} ms`);
    }
    else {
        await (0,steps_on_host/* makeReady */.wE)(run, host, record);
    }
    await (0,traffic/* seat */.am)(host, record);
}

// EXTERNAL MODULE: ./build/js/lib/docker/logs.js
var logs = __webpack_require__(4996);
// EXTERNAL MODULE: ./build/js/lib/redact.js
var redact = __webpack_require__(105);
// EXTERNAL MODULE: ./build/js/deploy/containers.js
var containers = __webpack_require__(254);
// EXTERNAL MODULE: ./build/js/deploy/state/labels.js
var labels = __webpack_require__(9267);
;// CONCATENATED MODULE: ./build/js/deploy/flow/hooks.js






/** A migration may take its time; one that takes an hour hangs. */
const HOOK_TIMEOUT_MS = 3_600_000;
/**
 * Runs a command once in a container of the release's image, with its environment, secrets, volumes and networks, and
 * shows what it prints. HOOK_FAILED when it can't be run or exits with anything but 0.
 */
async function runHook(run, host, record, kind, command) {
    const { engine, app, environment } = host;
    const { spec, release } = record;
    const name = `${app}-${release}-${kind}`;
    await host.lock.guard();
    const created = await engine.call(`create ${name}`, (docker, abortSignal) => docker.createContainer({
        name,
        Image: spec.imageId || spec.image,
        Entrypoint: ['sh', '-c'],
        Cmd: [command],
        Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
        Labels: { ...(0,labels/* ownLabels */.ct)(app, environment, 'hook'), [(0,labels/* label */.Pf)('release')]: release },
        User: spec.user,
        Healthcheck: { Test: ['NONE'] },
        HostConfig: {
            Memory: spec.memory,
            PidsLimit: spec.pids,
            Binds: spec.volumes,
            NetworkMode: (0,containers/* networkName */.uv)(app),
            LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '1' } },
        },
        abortSignal,
    }));
    try {
        for (const line of spec.networks) {
            const [network = ''] = line.split(':');
            await engine.call(`join ${name} to ${network}`, (docker) => docker.getNetwork(network).connect({ Container: created.id }));
        }
        await (0,containers/* putSecrets */.Fv)(engine, created.id, { ...spec, readOnly: false }, (0,deploy_spec/* secretValues */.VX)(run.inputs));
        await run.actions.group(`${kind}: ${(0,redact/* redact */.E)(command)}`, async () => {
            const container = engine.docker.getContainer(created.id);
            const stream = await engine.call(`read ${name}`, () => container.attach({ stream: true, stdout: true, stderr: true }));
            await engine.call(`start ${name}`, (_, abortSignal) => container.start({ abortSignal }));
            for await (const { line } of (0,logs/* logLines */.OG)(stream))
                run.actions.info((0,redact/* redact */.E)(line));
        });
        const { StatusCode } = await engine.call(`wait for ${name}`, (docker, abortSignal) => docker.getContainer(created.id).wait({ abortSignal }), {
            timeoutMs: HOOK_TIMEOUT_MS,
            signal: run.signal,
        });
        if (StatusCode !== 0) {
            throw new errors/* SeatrialError */.CP('HOOK_FAILED', `${kind} exited with code ${StatusCode}; its output stands above.`);
        }
        run.say(`${kind} is done`);
    }
    finally {
        await (0,containers/* removeContainer */.od)(engine, created.id);
    }
}

// EXTERNAL MODULE: ./build/js/deploy/flow/repair.js
var repair = __webpack_require__(3228);
// EXTERNAL MODULE: ./build/js/lib/docker/engine.js
var engine = __webpack_require__(7169);
;// CONCATENATED MODULE: ./build/js/deploy/prune.js



/**
 * Releases whose containers may go: beyond the newest `keep`, and never what serves, waits, is warm, or what the next
 * rollback goes to. Pure.
 */
function superfluous(host, present, keep) {
    const { history } = host;
    const good = history.releases.filter((r) => r.status === 'good').map((r) => r.release);
    const needed = new Set([
        history.current,
        (0,state_history/* waiting */.eg)(history)?.release,
        (0,state_history/* lastGood */.mC)(history)?.release,
        history.open?.release,
        history.open?.back,
        ...good.slice(0, keep),
    ]);
    const newestFirst = [...present].sort((x, y) => ((0,state_history/* find */.I6)(history, y)?.at ?? '').localeCompare((0,state_history/* find */.I6)(history, x)?.at ?? ''));
    return newestFirst.filter((release, i) => i >= keep && !needed.has(release) && !host.slotOf(release));
}
/**
 * Removes superfluous containers, and then the images only they used. An image without a digest can't be pulled again
 * and stays, as does one that something else uses or has tagged.
 */
async function pruneHost(run, host) {
    const going = superfluous(host, host.releases(), run.inputs['keep-releases']);
    const images = new Set(going.map((release) => (0,state_history/* find */.I6)(host.history, release)?.image ?? ''));
    for (const release of going)
        await (0,steps_on_host/* removeRelease */.gs)(host, release);
    const kept = new Set(host.listing.apps.map((c) => c.labels.image));
    for (const image of images) {
        if (kept.has(image) || !image.includes('@sha256:'))
            continue;
        await host.engine
            .call(`remove image ${image}`, (docker, abortSignal) => docker.getImage(image).remove({ abortSignal }))
            .catch((error) => {
            // 409: something else uses it; 404: gone already.
            if (![404, 409].includes((0,engine/* statusOf */.c2)(error)))
                throw error;
        });
    }
    if (going.length) {
        run.say(`${host.label}: removed ${going.length} old release${going.length > 1 ? 's' : ''}: ${going.join(', ')}`);
    }
    return going;
}

;// CONCATENATED MODULE: ./build/js/deploy/flow/settle.js




/** After a switch: the old release is kept warm as asked, those before it are stopped, the oldest go. */
async function settle(run, release, old) {
    for (const host of run.hosts) {
        if (old && old !== release && host.of(old).length)
            await keepWarm(run, host, old);
        await sweep(run, host);
        await pruneHost(run, host);
    }
}
async function keepWarm(run, host, old) {
    const { inputs } = run;
    const spec = (0,state_history/* find */.I6)(host.history, old)?.spec;
    // A worker that takes jobs from a queue must not go on doing so beside its successor.
    const as = inputs['keep-warm'] === 0 || !spec?.port || !host.edged ? 'stopped' : inputs['keep-warm-as'];
    if (as === 'running')
        return;
    await (0,steps_on_host/* drain */.Ze)(run, host, old);
    await host.lock?.guard();
    if (as === 'stopped')
        await (0,steps_on_host/* stopRelease */.a$)(host, old);
    else {
        for (const { id, state } of host.of(old))
            if (state === 'running')
                await (0,containers/* pauseContainer */.Qb)(host.engine, id, true);
    }
    await host.refresh();
}
/** Stops what runs without traffic and without a reason: warm time over, or no slot any more. */
async function sweep(run, host) {
    const { history } = host;
    const needed = new Set([history.current, (0,state_history/* waiting */.eg)(history)?.release, history.open?.release, history.open?.back]);
    for (const release of host.releases()) {
        if (needed.has(release) || !host.of(release).some((c) => c.state !== 'exited' && c.state !== 'created'))
            continue;
        const until = Date.parse((0,state_history/* find */.I6)(history, release)?.warmUntil ?? '');
        if (host.slotOf(release) && until > host.now())
            continue;
        run.say(`${host.label}: ${release} is no longer kept warm; stopping it`);
        await (0,steps_on_host/* drain */.Ze)(run, host, release);
        await (0,steps_on_host/* stopRelease */.a$)(host, release);
    }
}

;// CONCATENATED MODULE: ./build/js/deploy/flow/deploy.js















/** The steps a deploy will take, in words; what dry-run prints and the run then does. */
function planSteps(run, spec, serving) {
    const { inputs } = run;
    const watch = inputs.watch > 0 ? `watch for ${(0,units/* formatDuration */.a3)(inputs.watch)}, take it back on restarts, bad health or 5xx` : '';
    const manual = inputs.promote === 'manual';
    const canary = manual
        ? `give it ${inputs['canary-weight'] * 100}% of the traffic and leave it pending`
        : `give it ${(0,steps/* parseSteps */.$)(inputs['canary-steps'], 0)
            .map((s) => `${s.share * 100}%`)
            .join(', then ')} of the traffic`;
    const switching = {
        recreate: [
            `stop ${serving || 'nothing'} (a gap until the new release is healthy)`,
            'start it and wait until it is healthy',
            'give it all traffic',
        ],
        'blue-green': ['start it beside and wait until it is healthy', 'switch all traffic at once'],
        canary: ['start it beside and wait until it is healthy', canary],
    }[spec.strategy];
    const stays = inputs['keep-warm'] > 0 && inputs['keep-warm-as'] !== 'stopped' && spec.strategy !== 'recreate';
    const warm = stays
        ? `keep ${serving} warm (${inputs['keep-warm-as']}) for ${(0,units/* formatDuration */.a3)(inputs['keep-warm'])}`
        : `keep ${serving} stopped`;
    const last = manual ? 'leave it pending until promote or rollback' : `mark it good${serving ? `; ${warm}` : ''}`;
    return [
        'take the lock of each host',
        `pull ${spec.image}`,
        ...(inputs['pre-deploy'] ? [`run pre-deploy once: ${inputs['pre-deploy']}`] : []),
        ...switching,
        ...(watch ? [watch] : []),
        last,
        ...(inputs['post-deploy'] ? [`run post-deploy once: ${inputs['post-deploy']}`] : []),
        `keep ${inputs['keep-releases']} releases`,
    ];
}
/** What serves: the release that a failure must bring back. */
function base(host) {
    return host.history.current || (0,state_history/* waiting */.eg)(host.history)?.release || '';
}
async function deploy(run, out) {
    const { inputs, who } = run;
    const spec = (0,deploy_spec/* specFrom */.SB)(inputs, run.actions.env.GITHUB_WORKSPACE || process.cwd());
    for (const line of (0,deploy_spec/* specWarnings */.R1)(spec))
        run.actions.warning(line);
    await (0,deploy_run/* lookAround */.h3)(run);
    const first = run.hosts[0];
    await preflight(run.hosts, spec);
    out.previous = base(first);
    out.plan = makePlan(run, spec, first);
    for (const line of describePlan(out.plan))
        run.actions.info(line);
    if (inputs['dry-run'] || inputs.command === 'plan')
        return;
    await (0,deploy_run/* lockAll */.jt)(run);
    for (const host of run.hosts) {
        await host.refresh();
        const said = await host.load();
        if (said)
            run.actions.warning(`${host.label}: ${said}.`);
        await (0,repair/* repair */.I)(run, host);
        await supersede(run, host);
    }
    out.previous = base(first);
    const image = await resolveEverywhere(run, spec.image);
    const pinned = { ...spec, image: image.image, imageId: image.imageId };
    out.image = image.image;
    for (const host of run.hosts)
        await (0,steps_on_host/* prepareEdge */.fD)(run, host, pinned);
    const taken = new Set(run.hosts.flatMap((host) => [...host.releases(), ...host.history.releases.map((r) => r.release)]));
    const record = {
        release: releaseId(first.now(), who.commit || image.imageId, taken),
        image: image.image,
        status: 'pending',
        at: new Date(first.now()).toISOString(),
        by: who.by,
        run: who.run,
        reason: inputs.reason ?? '',
        commit: who.commit,
        spec: pinned,
        timings: {},
    };
    out.release = record.release;
    out.plan.release = record.release;
    run.say(`release ${record.release} of ${image.image}`);
    try {
        for (const host of run.hosts)
            await begin(host, record);
        if (inputs['pre-deploy'])
            await runHook(run, first, record, 'pre-deploy', inputs['pre-deploy']);
        out.switchMs = await bringUp(run, record);
        await finish(run, record, out);
    }
    catch (error) {
        await undo(run, record, out, error);
        throw error;
    }
    if (out.state === 'good')
        await settle(run, record.release, out.previous);
    if (inputs['post-deploy'] && out.state === 'good') {
        await runHook(run, first, record, 'post-deploy', inputs['post-deploy']).catch((error) => {
            run.actions.warning(`${error instanceof errors/* SeatrialError */.CP ? `${error.code}: ${error.message}` : String(error)} The release stays.`);
        });
    }
}
function makePlan(run, spec, first) {
    const { inputs } = run;
    const serving = base(first);
    return {
        command: 'deploy',
        app: inputs.app,
        environment: inputs.environment,
        hosts: run.hosts.map((host) => host.label),
        release: '',
        from: serving,
        steps: planSteps(run, spec, serving),
        changes: compare((0,state_history/* find */.I6)(first.history, serving)?.spec, spec),
    };
}
/** The digest is settled on the first host; the others get that very image. */
async function resolveEverywhere(run, image) {
    const options = { warn: (line) => run.actions.warning(line), signal: run.signal };
    run.say(`fetching ${image}`);
    const [first, ...others] = run.hosts;
    const resolved = await (0,deploy_image/* resolveImage */.AT)(first.engine, image, (0,steps_on_host/* login */.iD)(run), options);
    await Promise.all(others.map((host) => (0,deploy_image/* resolveImage */.AT)(host.engine, resolved.image, (0,steps_on_host/* login */.iD)(run), options)));
    return resolved;
}
/** A release that still waits for its promote gives way: its verdict never came. */
async function supersede(run, host) {
    const left = (0,state_history/* waiting */.eg)(host.history);
    if (!left || !host.history.current)
        return;
    run.actions.warning(`${host.label}: ${left.release} waited for promote and gives way to this deploy.`);
    await (0,repair/* takeOut */.g)(run, host, left.release, host.history.current, 'a later deploy took its place');
}
/** Writes down what is about to happen, before it does: the next run finds it if this one is killed. */
async function begin(host, record) {
    await host.save((draft) => {
        draft.releases.unshift(record);
        draft.open = {
            command: 'deploy',
            release: record.release,
            back: base(host),
            at: record.at,
            by: record.by,
            run: record.run,
            traffic: false,
        };
        (0,state_history/* trim */.Bq)(draft);
    });
}
async function finish(run, record, out) {
    const manual = run.inputs.promote === 'manual';
    const { release } = record;
    for (const host of run.hosts) {
        const old = (0,state_history/* waiting */.eg)(host.history);
        const previous = host.history.current;
        await host.save((draft) => {
            draft.open = undefined;
            const mine = (0,state_history/* find */.I6)(draft, release);
            mine.timings = {
                switchMs: Math.round(out.switchMs ?? 0),
                durationMs: Math.round(run.clock.mono() - run.started),
            };
            if (manual)
                return;
            // A release that waited, with no good one behind it, was served and never judged.
            if (old && old.release !== release)
                (0,state_history/* mark */.Gy)(draft, old.release, 'rolled-back');
            (0,state_history/* mark */.Gy)(draft, release, 'good');
            draft.current = release;
            const before = (0,state_history/* find */.I6)(draft, previous);
            if (before)
                before.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
        });
    }
    out.state = manual ? 'pending' : 'good';
}
/** A failure or a cancel: on every host traffic goes back first, the rest after. */
async function undo(run, record, out, error) {
    const why = error instanceof errors/* SeatrialError */.CP ? error.code : 'failed';
    run.say(`${record.release} failed; putting traffic where it was`);
    let hadTraffic = false;
    const stuck = [];
    for (const host of run.hosts) {
        if (host.history.open?.release !== record.release)
            continue;
        try {
            const back = host.history.open.back;
            hadTraffic = (await (0,repair/* takeOut */.g)(run, host, record.release, back, why)) || hadTraffic;
            if (back)
                await sweep(run, host);
            else if (host.edged)
                await host.dropEdge();
        }
        catch (problem) {
            stuck.push(problem);
            run.actions.warning(`${host.label}: could not put it in order now: ${problem instanceof Error ? problem.message : problem}`);
        }
    }
    out.state = hadTraffic ? 'rolled-back' : 'bad';
    out.rolledBack = hadTraffic && out.previous !== '' && stuck.length === 0;
}

// EXTERNAL MODULE: ./build/js/deploy/outcome.js
var outcome = __webpack_require__(6700);
;// CONCATENATED MODULE: ./build/js/deploy/promote.js








function pendingOn(host) {
    const record = (0,state_history/* waiting */.eg)(host.history);
    if (record)
        return record;
    throw new errors/* SeatrialError */.CP('NOTHING_PENDING', `${host.label}: no release of ${host.app} waits for promote; deploy one with promote: manual.`);
}
/** Gives the release that waits all traffic, watches it, and marks it good. */
async function promote(run, out) {
    await (0,deploy_run/* lookAround */.h3)(run);
    const first = run.hosts[0];
    out.release = pendingOn(first).release;
    out.previous = first.history.current;
    out.image = pendingOn(first).image;
    out.state = 'pending';
    if (run.inputs['dry-run']) {
        run.say(`would give ${out.release} all traffic and mark it good`);
        return;
    }
    await (0,deploy_run/* lockAll */.jt)(run);
    for (const host of run.hosts) {
        await host.refresh();
        await host.load();
        if (host.history.open)
            await (0,repair/* repair */.I)(run, host);
        else
            await host.reconcile();
    }
    const record = pendingOn(first);
    const { release } = record;
    const previous = first.history.current;
    for (const host of run.hosts) {
        for (const container of host.of(release)) {
            const look = await (0,gate_run/* lookAt */.t)(host, container, record.spec, 0, run.signal);
            if (look.running && look.health !== 'unhealthy' && look.probe?.ok !== false)
                continue;
            throw new errors/* SeatrialError */.CP('DEPLOY_UNHEALTHY', `${host.label}: ${container.name} is not healthy any more; it stays pending, roll it back.`);
        }
    }
    try {
        const already = await Promise.all(run.hosts.map(async (host) => !host.edged || (host.history.edge.slots[host.slotOf(release)]?.share ?? 0) > 0.999));
        for (const host of run.hosts) {
            await host.save((draft) => {
                const at = new Date(host.now()).toISOString();
                draft.open = {
                    command: 'promote',
                    release,
                    back: previous,
                    at,
                    by: run.who.by,
                    run: run.who.run,
                    traffic: true,
                };
            });
        }
        const since = await markCounters(run.hosts, release, previous);
        const times = await Promise.all(run.hosts.map((host, i) => (already[i] ? 0 : (0,traffic/* give */.qU)(host, release, 1))));
        out.switchMs = Math.max(...times);
        run.say(`${release} has all traffic (switched in ${out.switchMs.toFixed(1)} ms)`);
        // One that had it all was watched when it got it.
        if (already.some((had) => !had))
            await watch(run, since, release, record.spec, run.inputs.watch);
        for (const host of run.hosts) {
            await host.save((draft) => {
                draft.open = undefined;
                (0,state_history/* mark */.Gy)(draft, release, 'good');
                draft.current = release;
                const before = (0,state_history/* find */.I6)(draft, previous);
                if (before)
                    before.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
            });
        }
        out.state = 'good';
    }
    catch (error) {
        run.say(`${release} failed; putting traffic where it was`);
        for (const host of run.hosts)
            if (host.history.open)
                await (0,repair/* takeOut */.g)(run, host, release, previous, 'failed while it was promoted');
        out.state = 'rolled-back';
        out.rolledBack = previous !== '';
        throw error;
    }
    await settle(run, release, previous);
}

// EXTERNAL MODULE: ./build/js/deploy/report.js
var report = __webpack_require__(1156);
// EXTERNAL MODULE: ./build/js/deploy/probe.js
var probe = __webpack_require__(3022);
;// CONCATENATED MODULE: ./build/js/deploy/rollback.js









/** The release a rollback goes to. NO_ROLLBACK_TARGET and RELEASE_BAD change nothing. Pure. */
function chooseTarget(history, to, force) {
    const pending = (0,state_history/* waiting */.eg)(history);
    const from = pending?.release ?? history.current;
    const target = to ? (0,state_history/* match */.YW)(history, to) : pending ? (0,state_history/* find */.I6)(history, history.current) : (0,state_history/* lastGood */.mC)(history);
    if (!target) {
        const known = history.releases
            .map((r) => `${r.release} (${r.status})`)
            .slice(0, 5)
            .join(', ') || 'none';
        throw new errors/* SeatrialError */.CP('NO_ROLLBACK_TARGET', to
            ? `No release fits "${to}"; known are: ${known}.`
            : `There is no good release to go back to; nothing was changed. Known are: ${known}.`);
    }
    if (target.release === from) {
        throw new errors/* SeatrialError */.CP('NO_ROLLBACK_TARGET', `${target.release} serves already; nothing was changed.`);
    }
    if ((target.status === 'bad' || target.status === 'pending') && !force) {
        throw new errors/* SeatrialError */.CP('RELEASE_BAD', `${target.release} is marked ${target.status}${target.reason ? ` (${target.reason})` : ''}; force: true goes there all the same.`);
    }
    return { from, target };
}
async function rollback(run, out) {
    const { inputs, hosts } = run;
    const first = hosts[0];
    await Promise.all(hosts.map((host) => host.refresh(run.signal)));
    const nothing = hosts.every((host) => host.listing.apps.length === 0 && !host.listing.edge);
    if (nothing)
        throw new errors/* SeatrialError */.CP('NO_ROLLBACK_TARGET', `${inputs.app} has no release on ${hosts.map((h) => h.label).join(', ')}; nothing was changed.`);
    if (inputs['dry-run']) {
        await (0,deploy_run/* lookAround */.h3)(run);
        plan(run, out, first);
        return;
    }
    // The session is opened while the lock is taken: it is what the switch would else wait for.
    await Promise.all([(0,deploy_run/* lockAll */.jt)(run), ...hosts.map((host) => host.runtime?.open())]);
    await Promise.all(hosts.map((host) => settleHistory(run, host)));
    out.previous = (0,state_history/* waiting */.eg)(first.history)?.release ?? first.history.current;
    const { from, target } = plan(run, out, first);
    for (const host of hosts) {
        const behind = (0,state_history/* find */.I6)(host.history, target.release);
        if (!behind)
            throw new errors/* SeatrialError */.CP('NO_ROLLBACK_TARGET', `${host.label} does not know ${target.release}; nothing was changed.`);
    }
    out.release = target.release;
    out.image = target.image;
    const times = [];
    const moved = [];
    try {
        for (const host of hosts) {
            moved.push(host);
            times.push(await goBack(run, host, from, (0,state_history/* find */.I6)(host.history, target.release)));
        }
    }
    catch (error) {
        for (const host of moved)
            await stay(run, host, from, target.release);
        throw error;
    }
    out.switchMs = Math.max(...times);
    out.state = 'good';
    out.rolledBack = true;
    run.say(`rolled back from ${from || 'nothing'} to ${target.release} (switched in ${out.switchMs.toFixed(1)} ms)`);
    await Promise.all(hosts.map((host) => prove(run, host, target, out)));
    for (const host of hosts)
        host.lock && (await afterwards(run, host, from));
}
async function settleHistory(run, host) {
    const said = await host.load();
    if (said)
        run.actions.warning(`${host.label}: ${said}.`);
    if (host.history.open || (host.history.edge && !host.edgeRuns))
        await (0,repair/* repair */.I)(run, host);
    else
        await host.reconcile();
}
function plan(run, out, first) {
    const { inputs } = run;
    const { from, target } = chooseTarget(first.history, inputs.to, inputs.force);
    out.previous = from;
    out.plan = {
        command: 'rollback',
        app: inputs.app,
        environment: inputs.environment,
        hosts: run.hosts.map((host) => host.label),
        release: target.release,
        from,
        steps: [
            first.of(target.release).every((c) => c.state === 'running') && first.of(target.release).length
                ? 'it is warm: ask it whether it answers'
                : 'start it and wait until it is healthy',
            'switch all traffic to it',
            `mark ${from} rolled-back`,
        ],
        changes: compare((0,state_history/* find */.I6)(first.history, from)?.spec, target.spec),
    };
    for (const line of describePlan(out.plan))
        run.actions.info(line);
    return { from, target };
}
/** Moves one host's traffic to the target by the quickest way that its state allows. */
async function goBack(run, host, from, target) {
    const { release, spec } = target;
    const containers = host.of(release);
    const warm = containers.length >= spec.replicas && containers.every((c) => c.state === 'running' || c.state === 'paused');
    const apart = (0,state_history/* find */.I6)(host.history, from)?.spec.strategy === 'recreate' || spec.strategy === 'recreate' || !host.edged;
    if (warm && host.slotOf(release)) {
        if (containers.some((c) => c.state === 'paused'))
            await (0,steps_on_host/* startRelease */.I$)(host, release);
        await answers(run, host, target);
    }
    else {
        run.say(`${host.label}: ${release} is not warm; starting it`);
        await host.save((draft) => {
            draft.open = {
                command: 'rollback',
                release,
                back: from,
                at: new Date(host.now()).toISOString(),
                by: run.who.by,
                run: run.who.run,
                traffic: false,
            };
        });
        await (0,steps_on_host/* prepareEdge */.fD)(run, host, spec);
        await (0,steps_on_host/* createMissing */.PM)(run, host, target);
        if (apart && from) {
            if (host.edged && host.slotOf(from))
                await host.unseat(from);
            await (0,steps_on_host/* stopRelease */.a$)(host, from);
        }
        await (0,steps_on_host/* makeReady */.wE)(run, host, target);
        await (0,traffic/* seat */.am)(host, target);
    }
    const begunWhy = run.inputs.reason ?? '';
    return (0,traffic/* give */.qU)(host, release, 1, (draft) => {
        draft.current = release;
        draft.open = undefined;
        (0,state_history/* mark */.Gy)(draft, release, 'good');
        (0,state_history/* mark */.Gy)(draft, from, 'rolled-back');
        const left = (0,state_history/* find */.I6)(draft, from);
        if (left) {
            left.warmUntil = new Date(host.now() + run.inputs['keep-warm']).toISOString();
            if (begunWhy)
                left.reason = begunWhy;
        }
    });
}
/** A warm release is asked once before it gets everything; with force it gets it anyway. */
async function answers(run, host, target) {
    const looks = await Promise.all(host.of(target.release).map((c) => (0,gate_run/* lookAt */.t)(host, c, target.spec, 0, run.signal)));
    const wrong = looks.find((look) => !look.running || look.health === 'unhealthy' || look.probe?.ok === false);
    if (!wrong)
        return;
    const why = !wrong.running
        ? 'it does not run'
        : (wrong.probe && !wrong.probe.ok && wrong.probe.said) || 'Docker calls it unhealthy';
    if (!run.inputs.force) {
        throw new errors/* SeatrialError */.CP('DEPLOY_UNHEALTHY', `${host.label}: ${target.release} is warm but not well: ${why}; nothing was changed, force: true goes there all the same.`);
    }
    run.actions.warning(`${host.label}: ${target.release} is not well (${why}); going there because of force.`);
}
/** The rollback itself failed on some host: the hosts that had moved stay with what served before. */
async function stay(run, host, from, target) {
    const record = (0,state_history/* find */.I6)(host.history, from);
    const moved = host.history.current === target;
    if (!record || (!moved && !host.history.open))
        return;
    if (!host.edged)
        await (0,steps_on_host/* stopRelease */.a$)(host, target);
    await (0,steps_on_host/* createMissing */.PM)(run, host, record);
    await (0,steps_on_host/* startRelease */.I$)(host, from);
    await (0,traffic/* seat */.am)(host, record);
    await (0,traffic/* give */.qU)(host, from, 1, (draft) => {
        draft.current = from;
        draft.open = undefined;
        (0,state_history/* mark */.Gy)(draft, from, 'good');
    });
    run.say(`${host.label}: traffic is on ${from}, as before`);
}
/** Asks the edge, and through its front door the app, who answers now. */
async function prove(run, host, target, out) {
    if (!host.edgeRuns)
        return;
    const [shares, answer] = await Promise.all([
        host.shares(),
        (0,probe/* askFront */.Ne)(host.engine, host.listing.edge.Id, target.spec.health.path ?? '/', run.signal),
    ]);
    const slot = host.slotOf(target.release);
    const share = shares.get(target.release) ?? 0;
    if (share < 0.999 || !slot || !answer.server.startsWith(slot)) {
        throw new errors/* SeatrialError */.CP('ROLLBACK_UNPROVEN', `${host.label}: the edge gives ${target.release} ${share * 100}% and "${answer.server}" answered; look at the edge's log.`);
    }
    const line = `${host.label}: the edge gives ${target.release} all traffic, and its server ${answer.server} answered ${answer.status}`;
    run.say(line);
    out.notes.push(line);
}
async function afterwards(run, host, from) {
    const record = (0,state_history/* find */.I6)(host.history, from);
    if (!record || !host.of(from).length)
        return;
    // What was rolled back stays warm for a while in case the rollback was the mistake, but a worker must stop.
    if (run.inputs['keep-warm'] === 0 || !host.edged)
        await (0,steps_on_host/* stopRelease */.a$)(host, from);
}

// EXTERNAL MODULE: ./build/js/lib/markdown.js
var markdown = __webpack_require__(9145);
// EXTERNAL MODULE: ./build/js/deploy/state/lock.js
var state_lock = __webpack_require__(5759);
;// CONCATENATED MODULE: ./build/js/deploy/status.js








/** What runs where; the same outputs as a deploy, and nothing is changed. */
async function status_status(run, out) {
    await (0,deploy_run/* lookAround */.h3)(run);
    const { history } = run.hosts[0];
    const record = (0,state_history/* waiting */.eg)(history) ?? (0,state_history/* find */.I6)(history, history.current);
    out.release = record?.release ?? '';
    out.image = record?.image ?? '';
    out.state = record?.status ?? 'unchanged';
    out.previous = (0,state_history/* waiting */.eg)(history) ? history.current : ((0,state_history/* lastGood */.mC)(history)?.release ?? '');
    for (const host of run.hosts) {
        const [shares, held] = await Promise.all([host.shares(), (0,state_lock/* readLock */.mF)(host.engine, host.app)]);
        run.actions.info(`${host.label}: ${host.app} (${host.environment})`);
        if (!host.listing.apps.length)
            run.actions.info('  no release runs here');
        for (const release of host.releases().sort().reverse()) {
            const share = Math.round((shares.get(release) ?? 0) * 1000) / 10;
            const states = host.of(release).map((c) => `${c.name} ${c.state}`);
            run.actions.info(`  ${release}  ${String(share).padStart(5)}%  ${(0,state_history/* find */.I6)(host.history, release)?.status ?? 'unknown'}  ${states.join(', ')}`);
        }
        if (host.history.open)
            run.actions.warning(`${host.label}: the ${host.history.open.command} of ${host.history.open.release} was cut off or is under way; the next deploy puts it in order.`);
        const lock = held
            ? `held by ${held.holder} since ${held.since.slice(0, 19)}Z${held.run ? ` (${held.run})` : ''}`
            : 'free';
        run.actions.info(`  lock: ${lock}`);
        out.notes.push(`Lock on ${host.label}: ${lock}`);
    }
}
/** Names the holder, then takes the lock away: one whose lease runs only with force. */
async function unlock(run, out) {
    await (0,deploy_run/* lookAround */.h3)(run);
    out.release = run.hosts[0].history.current;
    for (const host of run.hosts) {
        const held = await (0,state_lock/* readLock */.mF)(host.engine, host.app);
        if (!held) {
            run.say(`${host.label}: nobody holds the lock`);
            continue;
        }
        const { dateMs } = await host.engine.ping();
        const left = Math.ceil((held.expiresAt - dateMs) / 1000);
        const who = `${held.holder}${held.run ? ` (${held.run})` : ''} since ${held.since.slice(0, 19)}Z`;
        run.say(`${host.label}: the lock is held by ${who}; its lease ${left > 0 ? `runs ${left} s more` : `ran out ${-left} s ago`}`);
        if (left > 0 && !run.inputs.force) {
            throw new errors/* SeatrialError */.CP('LOCK_HELD', `${host.label}: the lease of ${who} still runs for ${left} s; wait for it, or give force: true if that run is dead.`);
        }
        if (await (0,state_lock/* removeLock */.oW)(host.engine, held.id))
            run.say(`${host.label}: the lock is free`);
    }
}
/** Stops what is no longer warm and removes releases beyond keep-releases. */
async function prune(run, out) {
    await (0,deploy_run/* lookAround */.h3)(run);
    out.release = run.hosts[0].history.current;
    if (run.inputs['dry-run'] || run.hosts.every((host) => !host.listing.apps.length))
        return;
    await (0,deploy_run/* lockAll */.jt)(run);
    const rows = [];
    for (const host of run.hosts) {
        await host.refresh();
        await host.load();
        await (0,repair/* repair */.I)(run, host);
        await sweep(run, host);
        rows.push([host.label, (await pruneHost(run, host)).join(', ') || 'nothing']);
    }
    out.notes.push((0,markdown/* table */.tp)(['Host', 'Removed'], rows));
}

;// CONCATENATED MODULE: ./build/js/deploy/command.js








const commands = {
    deploy: deploy,
    plan: deploy,
    promote: promote,
    rollback: rollback,
    status: status_status,
    unlock: unlock,
    prune: prune,
};
/** Runs one command to its end: whatever happens, the outputs tell what was true by then and the locks are given back. */
async function runCommand(actions, inputs) {
    if (inputs['compose-file'])
        throw new errors/* SeatrialError */.CP('NOT_SUPPORTED', 'compose-file is not supported yet; deploy the image by itself.');
    const run = await (0,deploy_run/* openRun */.Iy)(actions, inputs);
    const out = (0,outcome/* newOutcome */.f)();
    let failed;
    try {
        await commands[inputs.command](run, out);
    }
    catch (error) {
        failed = (0,errors/* asSeatrialError */.cK)(error);
    }
    let words = '';
    try {
        words = await (0,report/* report */.z8)(run, out, failed);
    }
    finally {
        await (0,deploy_run/* closeRun */.Ql)(run).catch((error) => {
            const problem = (0,errors/* asSeatrialError */.cK)(error);
            actions.warning(`${problem.code}: ${problem.message}`);
        });
    }
    // The last words of the log, be it a failure's own line, are what the users' traffic is on now.
    if (failed)
        throw new errors/* SeatrialError */.CP(failed.code, `${failed.message} ${words}`, { cause: failed.cause });
    actions.info(words);
}


/***/ })

};
