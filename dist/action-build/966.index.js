export const id = 966;
export const ids = [966,140];
export const modules = {

/***/ 9966:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  buildImage: () => (/* binding */ buildImage)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __webpack_require__(6760);
// EXTERNAL MODULE: ./build/js/lib/errors.js
var errors = __webpack_require__(8175);
;// CONCATENATED MODULE: ./build/js/lib/http.js
/** Faults of connecting: name not found, refused, no route, TLS refused. All come before a byte of the request. */
const NOT_SENT = new Set([
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_HAS_EXPIRED',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);
function codeOf(error) {
    if (!(error instanceof Error))
        return String(error);
    const code = error.code;
    // A name with several addresses fails as one AggregateError; the last address tells.
    if (error instanceof AggregateError && error.errors.length)
        return codeOf(error.errors.at(-1));
    return code ?? error.name;
}
/**
 * HTTP by undici, through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Redirects are not followed: a webhook
 * that redirects has moved, and following would hand a secret to another host. Never throws for what a network does.
 */
async function createHttp(env = process.env) {
    const { Agent, EnvHttpProxyAgent, request } = await __webpack_require__.e(/* import() */ 752).then(__webpack_require__.t.bind(__webpack_require__, 4371, 19));
    const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]);
    const dispatcher = proxied ? new EnvHttpProxyAgent() : new Agent({ keepAliveTimeout: 1000 });
    return async ({ url, method = 'GET', headers, body, timeoutMs, signal, maxBytes = 256 * 1024 }) => {
        const started = performance.now();
        const took = () => Math.round(performance.now() - started);
        const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
        const abort = signal ? AbortSignal.any([signal, deadline]) : deadline;
        try {
            const answer = await request(url, { method, headers, body, dispatcher, signal: abort });
            const chunks = [];
            let size = 0;
            let complete = true;
            try {
                for await (const chunk of answer.body) {
                    chunks.push(chunk);
                    size += chunk.length;
                    if (size >= maxBytes)
                        break;
                }
            }
            catch {
                complete = false; // reset or stalled in mid-body: the caller sees a body that can't be trusted
            }
            const text = Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
            const flat = Object.entries(answer.headers).map(([k, v]) => [k, Array.isArray(v) ? v.join(', ') : (v ?? '')]);
            return {
                kind: 'answer',
                status: answer.statusCode,
                headers: Object.fromEntries(flat),
                body: text,
                complete,
                ms: took(),
            };
        }
        catch (error) {
            const code = deadline.aborted ? 'timeout' : codeOf(error);
            return { kind: 'failed', sent: !NOT_SENT.has(code), reason: code, ms: took() };
        }
    };
}
/** True for 127.0.0.0/8, ::1 and localhost: where plain http needs no warning. */
function isLoopback(url) {
    const { hostname } = new URL(url);
    return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}

// EXTERNAL MODULE: ./build/js/lib/units.js
var units = __webpack_require__(6737);
// EXTERNAL MODULE: external "node:child_process"
var external_node_child_process_ = __webpack_require__(1421);
// EXTERNAL MODULE: external "node:readline"
var external_node_readline_ = __webpack_require__(481);
;// CONCATENATED MODULE: ./build/js/lib/process.js



/** The variables a tool needs to work at all; no token, no INPUT_*, no ACTIONS_* passes. */
function bareEnv(env, keep = []) {
    const names = [
        'PATH',
        'HOME',
        'TMPDIR',
        'LANG',
        'XDG_CACHE_HOME',
        'SSL_CERT_FILE',
        'SSL_CERT_DIR',
        'DOCKER_HOST',
        'DOCKER_CONFIG',
        'DOCKER_CONTEXT',
        'HTTP_PROXY',
        'HTTPS_PROXY',
        'NO_PROXY',
        'http_proxy',
        'https_proxy',
        'no_proxy',
        ...keep,
    ];
    return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}
/** Runs a command to its end. A command that can't be started is TOOL_MISSING; its exit code is the caller's to judge. */
async function runProcess(command, args, { cwd, env, input, onLine, signal }) {
    signal?.throwIfAborted();
    const child = (0,external_node_child_process_.spawn)(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    // A child that ends without reading its input breaks the pipe; its exit code tells what happened.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    let killer;
    const stop = () => {
        child.kill('SIGTERM');
        killer = setTimeout(() => child.kill('SIGKILL'), 5000);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const out = { stdout: [], stderr: [] };
    for (const name of ['stdout', 'stderr']) {
        child[name].on('data', (chunk) => out[name].push(chunk));
        if (onLine)
            (0,external_node_readline_.createInterface)({ input: child[name], crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
    }
    try {
        const exitCode = await new Promise((resolve, reject) => {
            child.once('error', reject);
            child.once('close', (code) => resolve(code ?? -1));
        });
        signal?.throwIfAborted();
        const text = (chunks) => Buffer.concat(chunks).toString('utf8');
        return { exitCode, stdout: text(out.stdout), stderr: text(out.stderr) };
    }
    catch (cause) {
        if (signal?.aborted)
            throw signal.reason;
        throw new errors/* SeatrialError */.CP('TOOL_MISSING', `${command} could not be started; install it or put it on the PATH.`, {
            cause,
        });
    }
    finally {
        clearTimeout(killer);
        signal?.removeEventListener('abort', stop);
    }
}

;// CONCATENATED MODULE: ./build/js/build/builder/plan.js
/** What the cache input comes to with this builder. A builder in the engine keeps its own layers and exports none. */
function planCache(mode, { builder, hasService, image, folder, scope }) {
    const plan = (note, part = {}) => ({
        from: [],
        to: [],
        toAfterPush: [],
        note,
        ...part,
    });
    if (mode === 'none')
        return plan('cache: none');
    const own = 'the engine’s own layers only';
    if (builder.backend !== 'buildx' || builder.driver === 'docker') {
        if (mode === 'auto')
            return plan(`cache: ${own}`);
        return plan(`cache: ${mode} needs a builder beside the engine (docker-container); used ${own}`);
    }
    const wanted = mode === 'auto' ? (hasService ? 'gha' : 'none') : mode;
    if (wanted === 'gha') {
        if (!hasService)
            return plan('cache: gha needs GitHub’s cache service, and the runner offers none; used none');
        const ref = `type=gha,scope=${scope}`;
        return plan('cache: gha', { from: [ref], to: [`${ref},mode=max,ignore-error=true`] });
    }
    if (wanted === 'registry') {
        const ref = `type=registry,ref=${image}:buildcache`;
        return plan('cache: registry, written after the push', {
            from: [ref],
            toAfterPush: [`${ref},mode=max,ignore-error=true`],
        });
    }
    if (wanted === 'local') {
        return plan('cache: local', {
            from: [`type=local,src=${folder}`],
            to: [`type=local,dest=${folder},mode=max,ignore-error=true`],
        });
    }
    return plan('cache: none, the runner offers no cache service');
}
/** Name of the variable that carries the n-th build secret. */
const secretVariable = (n) => `SEATRIAL_SECRET_${n}`;
/** The arguments of `docker`: no secret is among them. `output` is what buildx shall make of the result. */
function buildArguments(builder, request, cache, output) {
    const { backend, name } = builder;
    const each = (flag, values) => values.flatMap((value) => [flag, value]);
    const args = [
        ...(backend === 'buildx' ? ['buildx', 'build', ...(name ? ['--builder', name] : [])] : ['build']),
        ...['--file', request.dockerfile],
        ...(request.target ? ['--target', request.target] : []),
        ...(request.platforms.length ? ['--platform', request.platforms.join(',')] : []),
        ...each('--build-arg', request.buildArgs),
        ...each('--secret', request.secretIds.map((id, n) => `id=${id},env=${secretVariable(n)}`)),
        ...each('--label', Object.entries(request.labels).map(([key, value]) => `${key}=${value}`)),
    ];
    if (backend === 'buildx') {
        // Attestations turn one image into an index of two manifests; what is pushed shall be what was scanned.
        args.push('--progress', 'plain', '--provenance=false', '--metadata-file', request.metadataFile, ...output);
        args.push(...each('--cache-from', cache.from), ...each('--cache-to', cache.to));
    }
    else {
        if (backend === 'buildkit')
            args.push('--progress', 'plain');
        args.push('--tag', request.name);
    }
    return [...args, request.context];
}

;// CONCATENATED MODULE: ./build/js/build/builder/build.js



/**
 * The lines worth quoting of a failed build. BuildKit repeats the output of the step that failed between dashes and
 * ends with what went wrong; other builders just stop.
 */
function lastLines(output, count = 15) {
    const lines = output
        .split(/\r?\n/)
        .map((line) => line.replace(/^#\d+ (\d+\.\d+ )?/, '').trimEnd())
        .filter((line) => line.trim() !== '');
    const repeated = lines.indexOf('------');
    const told = (repeated >= 0 ? lines.slice(repeated) : lines).filter((line) => !/^-+$/.test(line) &&
        !/^(View build details|DEPRECATED|Install the buildx|DONE |CACHED|transferring )/.test(line.trim()));
    return told.slice(-count).join('\n').slice(-2000);
}
/** Runs one build. Error: BUILD_FAILED with the last lines the builder said. */
async function runBuild(builder, request, cache, output, { env, secrets, cacheEnv, onLine, signal }) {
    const usesService = [...cache.from, ...cache.to].some((ref) => ref.startsWith('type=gha'));
    const result = await runProcess('docker', buildArguments(builder, request, cache, output), {
        env: {
            ...env,
            DOCKER_BUILDKIT: builder.backend === 'classic' ? '0' : '1',
            ...Object.fromEntries(secrets.map((value, n) => [secretVariable(n), value])),
            ...(usesService ? cacheEnv : {}),
        },
        onLine,
        signal,
    });
    if (result.exitCode === 0)
        return;
    throw new errors/* SeatrialError */.CP('BUILD_FAILED', `The build failed; nothing was pushed. The builder's last lines:\n${lastLines(`${result.stdout}\n${result.stderr}`)}`);
}
/** An image of the engine by name or id. */
async function inspectImage(name, env, signal) {
    const { exitCode, stdout } = await runProcess('docker', ['image', 'inspect', name], { env, signal });
    if (exitCode !== 0)
        return undefined;
    const [found] = JSON.parse(stdout);
    return found ? { id: found.Id, size: found.Size, platform: `${found.Os}/${found.Architecture}` } : undefined;
}
/** Gives an image of the engine another name. */
async function tagImage(id, reference, env, signal) {
    const { exitCode, stderr } = await runProcess('docker', ['tag', id, reference], { env, signal });
    if (exitCode !== 0)
        throw new errors/* SeatrialError */.CP('ENGINE_REFUSED', `The engine can't name the image ${reference}: ${stderr.trim()}`);
}

;// CONCATENATED MODULE: ./build/js/build/builder/builder.js


const ask = (env, args, signal) => runProcess('docker', args, { env, signal });
/** Builders as `docker buildx ls` lists them; an old buildx without JSON lists nothing we can choose from. */
async function listBuilders(env, signal) {
    const { exitCode, stdout } = await ask(env, ['buildx', 'ls', '--format', '{{json .}}'], signal);
    if (exitCode !== 0)
        return [];
    const rows = stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
    // A builder's nodes are rows of their own, without a driver.
    return rows
        .filter((row) => row.Driver)
        .map((row) => ({ name: row.Name ?? '', driver: row.Driver, current: row.Current === true }));
}
/**
 * Finds out what can build here. Errors: ENGINE_UNREACHABLE, NOT_SUPPORTED (several platforms, but nothing that can
 * build them), TOOL_MISSING (no docker at all).
 */
async function findBuilder(env, { platforms, secrets }, signal) {
    const version = await ask(env, ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'], signal);
    const [client = '', server = ''] = version.stdout.trim().split(' ');
    if (version.exitCode !== 0 || !server) {
        throw new errors/* SeatrialError */.CP('ENGINE_UNREACHABLE', 'The Docker engine does not answer; start it, or set DOCKER_HOST to the one to build on.');
    }
    const several = platforms.length > 1;
    const impossible = (need) => new errors/* SeatrialError */.CP('NOT_SUPPORTED', `${need}; run docker/setup-buildx-action (driver docker-container) before this step.`);
    if ((await ask(env, ['buildx', 'version'], signal)).exitCode === 0) {
        const builders = await listBuilders(env, signal);
        const current = builders.find((builder) => builder.name === env.BUILDX_BUILDER) ?? builders.find((b) => b.current);
        const driver = current?.driver ?? 'docker';
        if (!several || driver !== 'docker') {
            return { backend: 'buildx', driver, label: `buildx, driver ${driver}, engine ${server}` };
        }
        const other = builders.find((builder) => builder.driver !== 'docker');
        if (!other)
            throw impossible('Several platforms need a builder beside the engine, and there is none');
        return { backend: 'buildx', driver: other.driver, name: other.name, label: `buildx, builder ${other.name}` };
    }
    if (several)
        throw impossible('Several platforms need buildx, and it is not installed');
    // From 23 on the client leaves BuildKit to buildx; before, it has its own door to the engine's.
    if (Number.parseInt(client, 10) < 23)
        return { backend: 'buildkit', driver: 'docker', label: `BuildKit of engine ${server}` };
    if (secrets)
        throw impossible('Build secrets need BuildKit, and this Docker client has none without buildx');
    return {
        backend: 'classic',
        driver: 'docker',
        label: `classic builder of engine ${server} (buildx is not installed)`,
    };
}

// EXTERNAL MODULE: ./build/js/build/check.js
var check = __webpack_require__(953);
// EXTERNAL MODULE: external "node:fs"
var external_node_fs_ = __webpack_require__(3024);
;// CONCATENATED MODULE: ./build/js/build/git.js


/** The pull request of the event, from its own file: `GITHUB_REF` is the base branch for pull_request_target. */
function pullRequestOf(env) {
    const merge = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '');
    if (merge)
        return Number(merge[1]);
    if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') || !env.GITHUB_EVENT_PATH)
        return undefined;
    try {
        const event = JSON.parse((0,external_node_fs_.readFileSync)(env.GITHUB_EVENT_PATH, 'utf8'));
        return event.pull_request?.number;
    }
    catch {
        return undefined; // an event we can't read leaves the pull request unknown
    }
}
/** Facts of the run from GitHub's variables, else from git itself in `folder`. No git and no repository: no facts. */
async function gitFacts(env, folder, signal) {
    if (env.GITHUB_SHA) {
        const pullRequest = pullRequestOf(env);
        const name = env.GITHUB_REF_NAME ?? env.GITHUB_REF?.replace(/^refs\/(heads|tags)\//, '');
        const isTag = env.GITHUB_REF_TYPE === 'tag' || Boolean(env.GITHUB_REF?.startsWith('refs/tags/'));
        return {
            sha: env.GITHUB_SHA,
            ...(pullRequest ? { pullRequest } : name ? (isTag ? { tag: name } : { branch: name }) : {}),
            ...(env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY
                ? { source: `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}` }
                : {}),
        };
    }
    const ask = async (...args) => {
        try {
            const answer = await runProcess('git', ['-C', folder, ...args], { env: bareEnv(env), signal });
            return answer.exitCode === 0 ? answer.stdout.trim() || undefined : undefined;
        }
        catch {
            signal?.throwIfAborted();
            return undefined; // a machine without git has no facts; tags must be given then
        }
    };
    const sha = await ask('rev-parse', 'HEAD');
    if (!sha)
        return {};
    const [tag, branch] = [
        await ask('describe', '--tags', '--exact-match'),
        await ask('symbolic-ref', '--short', 'HEAD'),
    ];
    return { sha, ...(tag ? { tag } : branch ? { branch } : {}) };
}

;// CONCATENATED MODULE: ./build/js/build/lint/dockerfile.js
/** Splits a Dockerfile into instructions as BuildKit does: escape directive, continuations, comments, here-documents. */
function instructionsOf(text) {
    const lines = text.split(/\r?\n/);
    const mark = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 5).join('\n')) ? '`' : '\\';
    const found = [];
    for (let i = 0; i < lines.length; i++) {
        if (/^\s*(#|$)/.test(lines[i]))
            continue;
        const start = i;
        let joined = '';
        for (; i < lines.length; i++) {
            const line = lines[i];
            if (i > start && /^\s*#/.test(line))
                continue;
            const more = line.trimEnd().endsWith(mark);
            joined += more ? `${line.trimEnd().slice(0, -1)} ` : line;
            if (!more)
                break;
        }
        const [, keyword = '', args = ''] = /^\s*(\w+)\s*([\s\S]*)$/.exec(joined) ?? [];
        const bodies = [];
        if (/^(RUN|COPY|ADD)$/i.test(keyword)) {
            for (const [, dash, word] of args.matchAll(/<<(-?)["']?(\w+)["']?/g)) {
                const end = (line) => (dash ? line.replace(/^\t+/, '') : line) === word;
                while (++i < lines.length && !end(lines[i]))
                    bodies.push(lines[i]);
            }
        }
        found.push({ line: start + 1, keyword: keyword.toUpperCase(), args: [args.trim(), ...bodies].join('\n') });
    }
    return found;
}
/** `$NAME ${NAME} ${NAME:-fallback}` replaced; a name that isn't known stays as it is. */
function expand(text, values) {
    return text.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (whole, braced, fallback, bare) => {
        const value = values.get(braced ?? bare ?? '');
        return value || (fallback ?? whole);
    });
}
/** Reads a Dockerfile for the rules. `buildArgs` win over the defaults of the ARGs before the first FROM. */
function parseDockerfile(text, buildArgs = new Map()) {
    const globals = [];
    const stages = [];
    const values = new Map();
    for (const instruction of instructionsOf(text)) {
        const { keyword, args, line } = instruction;
        if (keyword === 'FROM') {
            const words = args.split(/\s+/).filter((word) => !word.startsWith('--'));
            const name = words[1]?.toUpperCase() === 'AS' ? (words[2] ?? '') : '';
            stages.push({ name: name.toLowerCase(), base: expand(words[0] ?? '', values), line, instructions: [] });
        }
        else if (stages.length > 0) {
            stages.at(-1).instructions.push(instruction);
        }
        else if (keyword === 'ARG') {
            globals.push(instruction);
            const [, name = '', , value = ''] = /^(\w+)(=(.*))?$/.exec(args) ?? [];
            values.set(name, buildArgs.get(name) ?? value.replace(/^(["'])(.*)\1$/, '$2'));
        }
    }
    const waivers = text.split(/\r?\n/).flatMap((line, i) => {
        const found = /^\s*#\s*seatrial-ignore:\s*(.+)$/.exec(line);
        return found ? [{ line: i + 1, rules: found[1].split(/[\s,]+/) }] : [];
    });
    return { globals, stages, waivers };
}
/** The stage that is built and, before it, those it is built from: what ends up in the image. */
function chainOf({ stages }, target) {
    const index = target
        ? stages.findIndex((stage, i) => stage.name === target.toLowerCase() || String(i) === target)
        : -1;
    let at = index >= 0 ? index : stages.length - 1;
    const chain = [];
    while (at >= 0) {
        const stage = stages[at];
        chain.unshift(stage);
        const before = stages.slice(0, at).findLastIndex(({ name }) => name !== '' && name === stage.base.toLowerCase());
        at = before;
    }
    return chain;
}

;// CONCATENATED MODULE: ./build/js/build/lint/ignore.js
/** `.dockerignore` patterns, as Docker reads them: `*`, `**`, `?`, `!` takes back, the last match wins. */
function ignores(patterns) {
    const rules = patterns
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => {
        const back = line.startsWith('!');
        const glob = line
            .slice(back ? 1 : 0)
            .trim()
            .replace(/^\.?\/+/, '')
            .replace(/\/+$/, '');
        const source = glob.replace(/\*\*\/?|\*|\?|[.+^${}()|\\]/g, (mark) => {
            if (mark === '**/')
                return '(?:.*/)?';
            if (mark === '**')
                return '.*';
            if (mark === '*')
                return '[^/]*';
            if (mark === '?')
                return '[^/]';
            return `\\${mark}`;
        });
        return { back, test: glob === '.' ? /^/ : new RegExp(`^${source}(?:/|$)`) };
    });
    return (path) => rules.reduce((ignored, { back, test }) => (test.test(path) ? !back : ignored), false);
}

;// CONCATENATED MODULE: ./build/js/build/lint/rules.js


const SECRET_NAME = /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)(_|$)/;
/** Names that speak about a secret without holding one. */
const HARMLESS = /(_FILE|_PATH|_DIR|_URL|_URI|_TTL|_NAME|_HEADER|_ID|_LENGTH|_EXPIRY|_ENABLED|_POLICY)$/;
const SECRET_VALUE = /AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22}|xox[abp]-[\w-]{10}|sk_live_\w{16}|-----BEGIN [A-Z ]*PRIVATE KEY/;
const SECRET_FILE = /^(\.env(\..+)?|\.npmrc|\.netrc|\.pypirc|\.git-credentials|\.dockercfg|\.htpasswd|kubeconfig|id_(rsa|dsa|ecdsa|ed25519)|.*\.(key|p12|pfx|jks|keystore)|.*key\.pem|\.aws|\.ssh)$/i;
const EXAMPLE_FILE = /\.(example|sample|template|dist|pub)$/i;
const looksSecret = (name) => {
    const upper = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
    return SECRET_NAME.test(upper) && !HARMLESS.test(upper);
};
const isSecretFile = (path) => path.split('/').some((part) => SECRET_FILE.test(part) && !EXAMPLE_FILE.test(part)) ||
    path.endsWith('.docker/config.json');
/** `KEY=value KEY2="v 2"` or the old `KEY value` of ENV; `KEY[=value]…` of ARG. */
function pairs({ keyword, args }) {
    if (keyword === 'ENV' && !/^[\w.-]+=/.test(args))
        return [[args.split(/\s+/)[0] ?? '', args.replace(/^\S+\s*/, '')]];
    return [...args.matchAll(/([\w.-]+)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*))?/g)].map(([, name, value]) => [
        name,
        (value ?? '').replace(/^(["'])(.*)\1$/, '$2'),
    ]);
}
function secretsInVariables(instructions) {
    return instructions
        .filter(({ keyword }) => keyword === 'ENV' || keyword === 'ARG')
        .flatMap((instruction) => pairs(instruction)
        // An empty ENV is a placeholder; an ARG is filled from outside, and its value stays in the history.
        .filter(([name, value]) => SECRET_VALUE.test(value) || (looksSecret(name) && (instruction.keyword === 'ARG' || value)))
        .map(([name]) => ({
        rule: `secret-in-${instruction.keyword.toLowerCase()}`,
        line: instruction.line,
        why: `${name} looks like a secret: anyone who can pull the image reads it.`,
        mend: instruction.keyword === 'ARG'
            ? 'Hand it over as a build secret: input secrets, RUN --mount=type=secret.'
            : 'Give it to the container when it starts, as a file: input secrets of action-deploy.',
    })));
}
/** Sources of COPY and ADD that come from the context; the last word is where they go. */
function copied({ args }) {
    const line = args.split('\n')[0];
    if (/(^|\s)--from=/.test(line) || line.includes('<<'))
        return [];
    const plain = line.replace(/--\S+\s*/g, '').trim();
    const words = plain.startsWith('[')
        ? [...plain.matchAll(/"([^"]*)"/g)].map((found) => found[1])
        : plain.split(/\s+/);
    return words.slice(0, -1).map((path) => path.replace(/^\.?\/+/, '').replace(/\/+$/, '') || '.');
}
function secretsCopied(instructions, { dockerignore, names }) {
    const ignored = ignores(dockerignore ?? '');
    return instructions
        .filter(({ keyword }) => keyword === 'COPY' || keyword === 'ADD')
        .flatMap((instruction) => {
        const sources = copied(instruction);
        const whole = sources.some((path) => path === '.' || path === '*' || path === '**');
        const named = sources.filter((path) => isSecretFile(path) && !ignored(path));
        const along = whole ? names.filter((name) => isSecretFile(name) && !ignored(name)) : [];
        return [...new Set([...named, ...along])].map((path) => ({
            rule: 'secret-copied',
            line: instruction.line,
            why: `${path} goes into the image, and whoever pulls it reads it.`,
            mend: `Put ${path} into .dockerignore; hand it over as a build secret where a RUN needs it.`,
        }));
    });
}
function latestBases({ stages }) {
    return stages
        .filter(({ base }, i) => {
        if (base === '' || base === 'scratch' || base.includes('$') || base.includes('@'))
            return false;
        if (stages.slice(0, i).some(({ name }) => name !== '' && name === base.toLowerCase()))
            return false;
        const tag = /:([^:/]+)$/.exec(base)?.[1];
        return tag === undefined || tag === 'latest';
    })
        .map(({ base, line }) => ({
        rule: 'latest-base',
        line,
        why: `${base} is another image tomorrow: the same commit then builds something else.`,
        mend: 'Name a version, better with its digest: node:24.21.0-slim@sha256:….',
    }));
}
function aptLists(chain) {
    return chain
        .flatMap(({ instructions }) => instructions)
        .filter(({ keyword, args }) => {
        if (keyword !== 'RUN' || !/\bapt(-get)?\b[^&|;]*\b(update|install)\b/.test(args))
            return false;
        const cached = /--mount=\S*type=cache\S*\/var\/(lib|cache)\/apt/.test(args);
        return !cached && !/rm\s+-[a-z]*r[a-z]*\s[^&;]*\/var\/lib\/apt\/lists/.test(args);
    })
        .map(({ line }) => ({
        rule: 'apt-lists',
        line,
        why: 'The package lists stay in the layer: tens of megabytes nobody uses.',
        mend: 'End the same RUN with && rm -rf /var/lib/apt/lists/*.',
    }));
}
/** The last instruction of that keyword in what the image is made of. */
const last = (chain, keyword) => chain.flatMap(({ instructions }) => instructions).findLast((instruction) => instruction.keyword === keyword);
function rootUser(chain) {
    const user = last(chain, 'USER');
    const base = chain[0]?.base ?? '';
    if (!user && /nonroot|rootless|unprivileged/.test(base))
        return [];
    if (user && !/^(root|0)(:|$)/.test(user.args.trim()))
        return [];
    return [
        {
            rule: 'root-user',
            line: user?.line ?? chain.at(-1)?.line ?? 0,
            why: 'The container runs as root: a hole in the app is a hole into the host.',
            mend: 'Add USER with an account of its own (node, 1000:1000) at the end.',
        },
    ];
}
function healthcheck(chain) {
    const found = last(chain, 'HEALTHCHECK');
    if (found && !/^NONE\b/i.test(found.args))
        return [];
    return [
        {
            rule: 'no-healthcheck',
            line: found?.line ?? 0,
            why: 'Docker can’t tell whether the app works, and shows a hung one as up.',
            mend: 'Add HEALTHCHECK CMD with a call of the app’s own health path.',
        },
    ];
}
/** All rules over one Dockerfile and its context, in the order of the file. */
function lint(dockerfile, context) {
    const chain = chainOf(dockerfile, context.target);
    const every = [...dockerfile.globals, ...dockerfile.stages.flatMap(({ instructions }) => instructions)];
    const findings = [
        ...(context.dockerignore === undefined
            ? [
                {
                    rule: 'no-dockerignore',
                    line: 0,
                    why: 'All of the folder goes to the builder, .git and local secrets included.',
                    mend: 'Add a .dockerignore with at least .git, .env* and node_modules.',
                },
            ]
            : []),
        ...healthcheck(chain),
        ...latestBases(dockerfile),
        ...secretsInVariables(every),
        ...secretsCopied(every, context),
        ...aptLists(chain),
        ...rootUser(chain),
    ];
    const waived = ({ rule, line }) => dockerfile.waivers.some((waiver) => waiver.rules.includes(rule) && (line === 0 || waiver.line === line - 1));
    return findings.filter((finding) => !waived(finding)).sort((a, b) => a.line - b.line);
}

;// CONCATENATED MODULE: ./build/js/build/lint/lint.js





/** Where the context and the Dockerfile are. Errors: CONTEXT_MISSING, DOCKERFILE_MISSING. */
function findSources(workspace, context, file) {
    const folder = (0,external_node_path_.resolve)(workspace, context);
    if (!(0,external_node_fs_.existsSync)(folder) || !(0,external_node_fs_.statSync)(folder).isDirectory()) {
        throw new errors/* SeatrialError */.CP('CONTEXT_MISSING', `There is no folder ${context}; check out the code first, or mend context.`);
    }
    const places = file ? [(0,external_node_path_.resolve)(workspace, file), (0,external_node_path_.resolve)(folder, file)] : [(0,external_node_path_.join)(folder, 'Dockerfile')];
    const dockerfile = places.find((place) => (0,external_node_fs_.existsSync)(place) && (0,external_node_fs_.statSync)(place).isFile());
    if (!dockerfile) {
        throw new errors/* SeatrialError */.CP('DOCKERFILE_MISSING', `There is no ${file ?? 'Dockerfile'} in ${file ? 'the workspace' : context}; add one, or give its path as file.`);
    }
    const inside = (0,external_node_path_.relative)(workspace, dockerfile);
    const shown = inside.startsWith('..') || (0,external_node_path_.isAbsolute)(inside) ? (0,external_node_path_.basename)(dockerfile) : inside;
    return { context: folder, dockerfile, shown };
}
/** Runs the rules over the files as they lie there. */
function lintSources({ context, dockerfile }, target, buildArgs = []) {
    const read = (file) => ((0,external_node_fs_.existsSync)(file) ? (0,external_node_fs_.readFileSync)(file, 'utf8') : undefined);
    const args = new Map(buildArgs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return lint(parseDockerfile((0,external_node_fs_.readFileSync)(dockerfile, 'utf8'), args), {
        target,
        dockerignore: read((0,external_node_path_.join)((0,external_node_path_.dirname)(dockerfile), `${(0,external_node_path_.basename)(dockerfile)}.dockerignore`)) ?? read((0,external_node_path_.join)(context, '.dockerignore')),
        names: (0,external_node_fs_.readdirSync)(context),
    });
}

// EXTERNAL MODULE: external "node:crypto"
var external_node_crypto_ = __webpack_require__(7598);
;// CONCATENATED MODULE: ./build/js/build/layout/layout.js




const blobPath = (folder, digest) => (0,external_node_path_.join)(folder, 'blobs', ...digest.split(':'));
const broken = (why) => new errors/* SeatrialError */.CP('BUILD_FAILED', `The builder wrote a layout that can't be used (${why}); check its version. Nothing was pushed.`);
/** A blob of JSON whose bytes are what its digest says. */
function readBlob(folder, { digest }) {
    const bytes = (0,external_node_fs_.readFileSync)(blobPath(folder, digest));
    if (`sha256:${(0,external_node_crypto_.createHash)('sha256').update(bytes).digest('hex')}` !== digest)
        throw broken(`${digest.slice(0, 19)}… has other bytes`);
    return JSON.parse(bytes.toString('utf8'));
}
const layout_name = ({ platform }) => platform ? [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/') : '';
/** Reads what `--output type=oci,tar=false` wrote. Attestations (platform unknown/unknown) are no images. */
function readLayout(folder) {
    const { manifests } = JSON.parse((0,external_node_fs_.readFileSync)((0,external_node_path_.join)(folder, 'index.json'), 'utf8'));
    const root = manifests[0];
    if (!root || manifests.length !== 1)
        throw broken(`${manifests.length} images at its top`);
    const top = readBlob(folder, root);
    const children = top.manifests?.filter((child) => child.platform?.os !== 'unknown') ?? [root];
    const images = children.map((descriptor) => {
        const manifest = readBlob(folder, descriptor);
        if (!manifest.config)
            throw broken('a manifest without a config');
        return { descriptor, manifest: { ...manifest, config: manifest.config }, platform: layout_name(descriptor) };
    });
    const blobs = new Map(images.flatMap(({ manifest }) => [manifest.config, ...(manifest.layers ?? [])].map(({ digest, size }) => [digest, size])));
    return { folder, root, images, size: [...blobs.values()].reduce((sum, size) => sum + size, 0) };
}
/**
 * A layout of one platform alone, its blobs shared by hard links. Trivy scans the first image of a layout whatever
 * `--platform` says (0.74.0), so each platform needs a layout that names nothing else.
 */
function singleLayout({ folder }, { descriptor, manifest }, target) {
    const link = (digest) => {
        const to = blobPath(target, digest);
        (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)(to), { recursive: true });
        (0,external_node_fs_.linkSync)(blobPath(folder, digest), to);
    };
    const digests = [descriptor, manifest.config, ...(manifest.layers ?? [])].map(({ digest }) => digest);
    for (const digest of new Set(digests))
        link(digest);
    (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(target, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(target, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }));
    return target;
}

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

;// CONCATENATED MODULE: ./build/js/lib/retry.js

/**
 * Runs `attempt` until it is done, refuses a retry, or the budget is spent; answers the last value and the tries made.
 * The caller's classification decides what is worth a retry, so a fault is never hidden by trying again.
 */
async function withRetry(attempt, { tries, budgetMs, baseMs = 500, clock = systemClock, random = Math.random, signal }) {
    const end = clock.mono() + budgetMs;
    for (let n = 1;; n++) {
        const result = await attempt(n);
        if (result.done || !result.retry || n >= tries)
            return { value: result.value, attempts: n };
        const wait = result.afterMs ?? baseMs * 2 ** (n - 1) * (1 + 0.25 * random());
        if (clock.mono() + wait >= end)
            return { value: result.value, attempts: n };
        await clock.sleep(wait, signal);
    }
}

;// CONCATENATED MODULE: ./build/js/build/layout/upload.js




/** Requests with a file as body, streamed: a layer need not fit into memory. */
async function createAsk(client, { env, signal }) {
    const { Agent, EnvHttpProxyAgent, request } = await __webpack_require__.e(/* import() */ 752).then(__webpack_require__.t.bind(__webpack_require__, 4371, 19));
    const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].some((name) => env[name]);
    const dispatcher = proxied ? new EnvHttpProxyAgent() : new Agent();
    return async (url, { method, type, file }) => {
        // The login is for the registry alone; an upload may continue at a storage host.
        const own = new URL(url).host === new URL(client.base).host;
        const answer = await request(url, {
            method,
            dispatcher,
            signal,
            headers: {
                ...(own ? client.headers : {}),
                ...(type ? { 'content-type': type } : {}),
                ...(file ? { 'content-length': String((0,external_node_fs_.statSync)(file).size) } : {}),
            },
            body: file ? (0,external_node_fs_.createReadStream)(file) : undefined,
        });
        await answer.body.dump();
        const { location } = answer.headers;
        return { status: answer.statusCode, location: Array.isArray(location) ? location[0] : location };
    };
}
/** Runs one exchange again on 429, 5xx and faults of the network; anything else is final. Error: PUSH_FAILED. */
async function insist(what, good, signal, body) {
    const { value } = await withRetry(async () => {
        try {
            const reply = await body();
            if (good.includes(reply.status))
                return { done: true, value: reply };
            return { done: false, value: reply, retry: reply.status === 429 || reply.status >= 500 };
        }
        catch (error) {
            signal?.throwIfAborted();
            if (error instanceof errors/* SeatrialError */.CP)
                throw error;
            return { done: false, value: error instanceof Error ? error : new Error(String(error)), retry: true };
        }
    }, { tries: 4, budgetMs: 180_000, baseMs: 1000, signal });
    if (!(value instanceof Error) && good.includes(value.status))
        return value;
    if (!(value instanceof Error) && (value.status === 401 || value.status === 403)) {
        throw new errors/* SeatrialError */.CP('REGISTRY_LOGIN', `The registry refused ${what} (${value.status}); check that the user may push.`);
    }
    const why = value instanceof Error ? value.message : `status ${value.status}`;
    throw new errors/* SeatrialError */.CP('PUSH_FAILED', `${what} could not be pushed (${why}); check the registry, then run again.`, {
        cause: value instanceof Error ? value : undefined,
    });
}
/**
 * Pushes a layout by its own bytes, so that the digest built, scanned and pushed is one: blobs first, then each
 * platform's manifest, the index by digest, and tags last. A push that breaks leaves no tag behind.
 */
async function pushLayout(client, layout, tags, options) {
    const { signal, info } = options;
    const ask = await createAsk(client, options);
    const blob = async (digest) => {
        const what = `blob ${digest.slice(7, 19)}`;
        const there = await insist(what, [200, 404], signal, () => ask(`${client.base}/blobs/${digest}`, { method: 'HEAD' }));
        if (there.status === 200)
            return;
        await insist(what, [201], signal, async () => {
            const opened = await ask(`${client.base}/blobs/uploads/`, { method: 'POST' });
            if (opened.status !== 202 || !opened.location)
                return opened;
            const url = new URL(opened.location, client.base);
            url.searchParams.set('digest', digest);
            return ask(url.href, { method: 'PUT', type: 'application/octet-stream', file: blobPath(layout.folder, digest) });
        });
        info(`Pushed ${what}`);
    };
    const manifest = (descriptor, reference) => insist(`manifest ${reference.slice(0, 19)}`, [201], signal, () => ask(`${client.base}/manifests/${reference}`, {
        method: 'PUT',
        type: descriptor.mediaType,
        file: blobPath(layout.folder, descriptor.digest),
    }));
    const digests = new Set(layout.images.flatMap(({ manifest: m }) => [m.config, ...(m.layers ?? [])].map(({ digest }) => digest)));
    for (const digest of digests)
        await blob(digest);
    for (const { descriptor } of layout.images)
        await manifest(descriptor, descriptor.digest);
    const root = JSON.parse((0,external_node_fs_.readFileSync)(blobPath(layout.folder, layout.root.digest), 'utf8'));
    // An index may name attestations too; what it names must be there before it is.
    for (const child of root.manifests ?? []) {
        if (layout.images.some(({ descriptor }) => descriptor.digest === child.digest))
            continue;
        const extra = JSON.parse((0,external_node_fs_.readFileSync)(blobPath(layout.folder, child.digest), 'utf8'));
        for (const part of [extra.config, ...(extra.layers ?? [])])
            if (part)
                await blob(part.digest);
        await manifest(child, child.digest);
    }
    await manifest(layout.root, layout.root.digest);
    for (const tag of tags)
        await manifest(layout.root, tag);
}

;// CONCATENATED MODULE: ./build/js/build/registry/push.js



/** What an engine's failed push says about another try. Only what passes by itself is tried again. */
function judgePush(text) {
    if (/unauthorized|authentication required|denied|forbidden|no basic auth credentials|insufficient_scope/i.test(text)) {
        return 'denied';
    }
    return /toomanyrequests|too many requests|\b429\b|\b50[0234]\b|5\d\d (Internal|Bad|Service|Gateway)|timeout|timed out|connection (reset|refused)|broken pipe|EOF|TLS handshake|no such host|temporary failure|i\/o/i.test(text)
        ? 'retry'
        : 'failed';
}
/** Pushes one tag of the engine; answers the manifest's digest. Errors: REGISTRY_LOGIN, PUSH_FAILED. */
async function pushTag(reference, { env, onLine, signal, retry }) {
    const { value, attempts } = await withRetry(async (n) => {
        if (n > 1)
            onLine(`Trying again: ${reference}`);
        const { exitCode, stdout, stderr } = await runProcess('docker', ['push', reference], { env, onLine, signal });
        const said = (stderr.trim() || stdout.trim()).split('\n').at(-1) ?? '';
        const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
        if (exitCode === 0 && digest)
            return { done: true, value: { digest, said } };
        return { done: false, value: { said }, retry: judgePush(`${stderr}\n${stdout}`) === 'retry' };
    }, retry ?? { tries: 4, budgetMs: 180_000, baseMs: 2000, signal });
    if (value.digest)
        return value.digest;
    if (judgePush(value.said) === 'denied') {
        throw new errors/* SeatrialError */.CP('REGISTRY_LOGIN', `The registry refused the push of ${reference}: ${value.said}`);
    }
    throw new errors/* SeatrialError */.CP('PUSH_FAILED', `${reference} could not be pushed (${attempts} tries): ${value.said}; check the registry, then run again.`);
}
/**
 * Proves that what lies in the registry is what was scanned: the scanner's image id must be the digest of the pushed
 * manifest's config (or of the manifest itself, where the engine names images so). Error: PUSH_MISMATCH.
 */
async function provePushed(client, digest, scanned) {
    const pushed = await client.manifest(digest);
    const mismatch = (why) => new errors/* SeatrialError */.CP('PUSH_MISMATCH', `${why}; don't deploy ${digest.slice(0, 19)}…, and find out what else pushes there.`);
    if (!pushed)
        throw mismatch('The registry does not have what was just pushed');
    if (pushed.digest !== digest)
        throw mismatch('The registry answers other bytes than were pushed');
    if (scanned === digest || pushed.manifest.config?.digest === scanned)
        return;
    throw mismatch('What was pushed is not the image that was scanned');
}

;// CONCATENATED MODULE: ./build/js/build/produce.js








/** One platform: built into the engine under a name nobody knows, scanned there, pushed by the engine. */
async function produceInEngine({ builder, request, cache, effects }) {
    const { env, signal, onLine } = effects;
    const own = `seatrial.local/build-${(0,external_node_crypto_.randomBytes)(8).toString('hex')}:scan`;
    // Without this name a refused image leaves the engine; one that passed keeps its tags.
    const remove = async () => {
        await runProcess('docker', ['rmi', own], { env });
    };
    try {
        await runBuild(builder, { ...request, name: own }, cache, ['--load', '--tag', own], effects);
        const built = await inspectImage(own, env, signal);
        if (!built) {
            throw new errors/* SeatrialError */.CP('BUILD_FAILED', 'The builder ended well, but the engine has no image; check that it can --load.');
        }
        const { id, size, platform } = built;
        return {
            id,
            size,
            subjects: [{ where: { engine: id }, imageId: id, platform }],
            inEngine: true,
            remove,
            async name(repository, tags) {
                for (const tag of tags)
                    await tagImage(id, `${repository}:${tag}`, env, signal);
            },
            async push(client, repository, tags, done) {
                let pushed;
                for (const tag of tags) {
                    const digest = await pushTag(`${repository}:${tag}`, { env, onLine, signal });
                    if (pushed && digest !== pushed) {
                        throw new errors/* SeatrialError */.CP('PUSH_MISMATCH', `${tag} became another digest than the tag before; find out what else pushes there.`);
                    }
                    await provePushed(client, digest, id);
                    pushed = digest;
                    done(tag);
                }
                return pushed;
            },
        };
    }
    catch (error) {
        await remove();
        throw error;
    }
}
/** Several platforms: built to a layout, each scanned by itself, the layout's own bytes pushed. */
async function produceLayout({ builder, request, cache, effects, temp }) {
    const folder = (0,external_node_path_.join)(temp, 'layout');
    await runBuild(builder, { ...request, name: '' }, cache, ['--output', `type=oci,tar=false,dest=${folder}`], effects);
    const layout = readLayout(folder);
    const built = layout.images.map(({ platform }) => platform);
    const missing = request.platforms.filter((wanted) => !built.some((got) => got === wanted || got.startsWith(`${wanted}/`)));
    if (missing.length) {
        throw new errors/* SeatrialError */.CP('BUILD_FAILED', `The builder left out ${missing.join(', ')}; check what its driver can build.`);
    }
    return {
        id: layout.root.digest,
        size: layout.size,
        subjects: layout.images.map((image) => ({
            where: { layout: singleLayout(layout, image, (0,external_node_path_.join)(temp, 'platforms', image.platform.replaceAll('/', '-'))) },
            imageId: image.manifest.config.digest,
            platform: image.platform,
        })),
        inEngine: false,
        name: async () => undefined,
        remove: async () => undefined,
        async push(client, _repository, tags, done) {
            await pushLayout(client, layout, tags, { info: effects.onLine, env: effects.env, signal: effects.signal });
            for (const tag of tags) {
                const there = await client.manifest(tag);
                if (there?.digest !== layout.root.digest) {
                    throw new errors/* SeatrialError */.CP('PUSH_MISMATCH', `${tag} is not what was pushed; find out what else pushes there.`);
                }
                done(tag);
            }
            return layout.root.digest;
        },
    };
}

// EXTERNAL MODULE: ./build/js/build/registry/reference.js
var reference = __webpack_require__(6088);
;// CONCATENATED MODULE: ./build/js/build/registry/client.js





const MANIFEST_TYPES = [
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
];
const digestOf = (text) => `sha256:${(0,external_node_crypto_.createHash)('sha256').update(text).digest('hex')}`;
/** Tries again on 429, 5xx and faults of the network only; a refusal is final. */
async function client_ask(http, url, headers, signal) {
    const { value } = await withRetry(async () => {
        const result = await http({ url, headers, timeoutMs: 15_000, maxBytes: 4 * 1024 * 1024, signal });
        if (result.kind === 'failed')
            return { done: false, value: result, retry: !signal?.aborted };
        const busy = result.status === 429 || result.status >= 500;
        const after = Number(result.headers['retry-after']);
        return busy
            ? { done: false, value: result, retry: true, ...(after > 0 ? { afterMs: after * 1000 } : {}) }
            : { done: true, value: result };
    }, { tries: 3, budgetMs: 45_000, signal });
    signal?.throwIfAborted();
    if (value.kind === 'answer')
        return value;
    throw new errors/* SeatrialError */.CP('REGISTRY_UNREACHABLE', `${new URL(url).host} does not answer (${value.reason}); check the registry's name and the network.`);
}
const refused = (host, status) => new errors/* SeatrialError */.CP('REGISTRY_LOGIN', `${host} refused the login (${status}); check username and password, and that they may push.`);
/** `Bearer realm="…",service="…"` into its parts. */
function challengeOf(header) {
    const params = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
    return { scheme: header.trim().split(/\s+/)[0]?.toLowerCase() ?? '', ...params };
}
async function token(http, realm, service, scope, login, signal) {
    const url = new URL(realm);
    // The registry names the place its tokens come from; a login goes there only if nobody can listen in.
    if (url.protocol !== 'https:' && !isLoopback(realm)) {
        throw new errors/* SeatrialError */.CP('REGISTRY_LOGIN', `The registry asks for a login at ${url.host} without TLS; use one with TLS.`);
    }
    if (service)
        url.searchParams.set('service', service);
    url.searchParams.set('scope', scope);
    const answer = await client_ask(http, url.href, login ? { authorization: basic(login) } : {}, signal);
    if (answer.status !== 200)
        throw refused(url.host, answer.status);
    const body = JSON.parse(answer.body);
    return body.token ?? body.access_token ?? '';
}
const basic = ({ username, password }) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
/** Plain http for loopback, as the engine does; else https. */
const schemeOf = (host) => (isLoopback(`http://${host}`) ? 'http' : 'https');
/**
 * Opens a repository and proves the login before anything is built. Errors: REGISTRY_LOGIN (refused),
 * REGISTRY_UNREACHABLE (no answer).
 */
async function openRegistry(http, repository, access, login, signal) {
    const host = (0,reference/* apiHost */.nz)(repository.registry);
    const root = `${schemeOf(host)}://${host}/v2/`;
    const first = await client_ask(http, root, {}, signal);
    const headers = {};
    if (first.status === 401) {
        const { scheme, realm, service = '' } = challengeOf(first.headers['www-authenticate'] ?? '');
        if (scheme === 'bearer' && realm) {
            headers.authorization = `Bearer ${await token(http, realm, service, `repository:${repository.path}:${access}`, login, signal)}`;
        }
        else if (login) {
            headers.authorization = basic(login);
        }
        else {
            throw new errors/* SeatrialError */.CP('REGISTRY_LOGIN', `${host} asks for a login; give username and password.`);
        }
        const again = await client_ask(http, root, headers, signal);
        if (again.status === 401 || again.status === 403)
            throw refused(host, again.status);
    }
    else if (first.status !== 200) {
        throw new errors/* SeatrialError */.CP('REGISTRY_UNREACHABLE', `${host} is no registry: it answered ${first.status} to /v2/; check the name of the image.`);
    }
    const base = `${root}${repository.path}`;
    return {
        base,
        headers,
        async manifest(reference) {
            const url = `${base}/manifests/${reference}`;
            const answer = await client_ask(http, url, { ...headers, accept: MANIFEST_TYPES.join(', ') }, signal);
            if (answer.status === 404)
                return undefined;
            if (answer.status !== 200 || !answer.complete) {
                throw new errors/* SeatrialError */.CP('REGISTRY_UNREACHABLE', `${host} answered ${answer.status} for a manifest; try again.`);
            }
            return { digest: digestOf(answer.body), manifest: JSON.parse(answer.body) };
        },
    };
}

// EXTERNAL MODULE: external "node:os"
var external_node_os_ = __webpack_require__(8161);
;// CONCATENATED MODULE: ./build/js/build/registry/login.js






const userConfig = (env) => env.DOCKER_CONFIG || (0,external_node_path_.join)(env.HOME || (0,external_node_os_.homedir)(), '.docker');
function readConfig(folder) {
    const file = (0,external_node_path_.join)(folder, 'config.json');
    if (!(0,external_node_fs_.existsSync)(file))
        return {};
    try {
        return JSON.parse((0,external_node_fs_.readFileSync)(file, 'utf8'));
    }
    catch (cause) {
        throw new errors/* SeatrialError */.CP('DOCKER_CONFIG_INVALID', 'Docker’s config.json is not JSON; mend it or log in again.', {
            cause,
        });
    }
}
/**
 * The environment for Docker's commands: the machine's own, or with a login a private configuration folder (0700, in
 * the run's temp) that adds it to what the user's holds. So a password is never in an argument and never outlives the
 * step, and two jobs on a machine don't log each other out.
 */
function dockerEnv(env, temp, registry, login) {
    const base = bareEnv(env, [
        'BUILDX_BUILDER',
        'BUILDX_CONFIG',
        'BUILDKIT_HOST',
        'DOCKER_TLS_VERIFY',
        'DOCKER_CERT_PATH',
        'XDG_RUNTIME_DIR',
    ]);
    if (!login)
        return base;
    const from = userConfig(env);
    const to = (0,external_node_path_.join)(temp, 'docker');
    (0,external_node_fs_.mkdirSync)(to, { mode: 0o700 });
    const config = readConfig(from);
    const key = (0,reference/* configKey */.ur)(registry);
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    (0,external_node_fs_.writeFileSync)((0,external_node_path_.join)(to, 'config.json'), JSON.stringify({
        ...config,
        auths: { ...config.auths, [key]: { auth } },
        // An empty helper means "this file": else a store of the machine would answer for our registry.
        credHelpers: { ...config.credHelpers, [key]: '' },
    }), { mode: 0o600 });
    // Plugins, contexts and the rest stay the user's: a private folder would hide them.
    if ((0,external_node_fs_.existsSync)(from)) {
        for (const name of (0,external_node_fs_.readdirSync)(from))
            if (name !== 'config.json')
                (0,external_node_fs_.symlinkSync)((0,external_node_path_.join)(from, name), (0,external_node_path_.join)(to, name));
    }
    return { ...base, DOCKER_CONFIG: to, BUILDX_CONFIG: base.BUILDX_CONFIG ?? (0,external_node_path_.join)(from, 'buildx') };
}
/** The login the machine already has for a registry: from Docker's config.json or its credential helper. */
async function storedLogin(env, registry, signal) {
    const config = readConfig(userConfig(env));
    const key = (0,reference/* configKey */.ur)(registry);
    const helper = config.credHelpers?.[key] ?? config.credsStore;
    if (helper) {
        const answer = await runProcess(`docker-credential-${helper}`, ['get'], { env: bareEnv(env), input: key, signal });
        if (answer.exitCode !== 0)
            return undefined; // the helper has none for this registry
        const found = JSON.parse(answer.stdout);
        return found.Secret ? { username: found.Username ?? '', password: found.Secret } : undefined;
    }
    const entry = config.auths?.[key] ?? config.auths?.[`https://${key}`];
    if (!entry?.auth)
        return undefined;
    const [username = '', ...rest] = Buffer.from(entry.auth, 'base64').toString('utf8').split(':');
    return { username, password: rest.join(':') };
}

// EXTERNAL MODULE: ./build/js/build/workspace.js
var workspace = __webpack_require__(140);
;// CONCATENATED MODULE: ./build/js/build/scan/database.js





/** `http://host/db` to what Trivy takes. Loopback needs no word: Trivy speaks http there by itself. */
function dbRepositories(given) {
    const names = given.map((name) => name.replace(/^https?:\/\//, ''));
    return { names, insecure: given.some((name) => name.startsWith('http://') && !isLoopback(name)) };
}
function readMetadata(folder) {
    const file = (0,external_node_path_.join)(folder, 'metadata.json');
    if (!(0,external_node_fs_.existsSync)(file))
        return undefined;
    try {
        const found = JSON.parse((0,external_node_fs_.readFileSync)(file, 'utf8'));
        return found.UpdatedAt ? { updatedAt: found.UpdatedAt, nextUpdate: found.NextUpdate ?? '' } : undefined;
    }
    catch {
        return undefined; // half written by a run that was killed: as good as none, it is fetched anew
    }
}
/** Whole hours, one decimal, since the database was made. */
const ageHours = ({ updatedAt }, now) => Math.max(0, Math.round((now - Date.parse(updatedAt)) / 360_000) / 10);
const isFresh = (metadata, now) => metadata !== undefined && Date.parse(metadata.nextUpdate) > now;
/** A database of a gigabyte is renamed; only between two file systems it must be copied. */
function moveFolder(from, to) {
    try {
        (0,external_node_fs_.renameSync)(from, to);
    }
    catch (error) {
        if (error.code !== 'EXDEV')
            throw error;
        (0,external_node_fs_.cpSync)(from, to, { recursive: true });
        (0,external_node_fs_.rmSync)(from, { recursive: true });
    }
}
/**
 * Trivy's cache folder for one run: private, so that steps side by side don't fight over its locks, with the newest
 * kept database linked in while it is fresh. A kept one is a folder by its date that nobody writes to again.
 */
async function openDatabase(options) {
    const { env, temp, repositories, service, now, info } = options;
    const source = (0,external_node_crypto_.createHash)('sha256').update(repositories.join('\n')).digest('hex').slice(0, 12);
    const store = (0,external_node_path_.join)(env.RUNNER_TOOL_CACHE ? (0,external_node_path_.join)(env.RUNNER_TOOL_CACHE, 'seatrial') : (0,workspace.cacheRoot)(env), `trivy-db-${source}`);
    const cacheDir = (0,external_node_path_.join)(temp, 'trivy');
    const folder = (0,external_node_path_.join)(cacheDir, 'db');
    (0,external_node_fs_.mkdirSync)(cacheDir, { recursive: true });
    const newest = () => (0,external_node_fs_.existsSync)(store)
        ? (0,external_node_fs_.readdirSync)(store)
            .map((name) => (0,external_node_path_.join)(store, name))
            .filter((path) => isFresh(readMetadata(path), now()) && (0,external_node_fs_.existsSync)((0,external_node_path_.join)(path, 'trivy.db')))
            .sort()
            .at(-1)
        : undefined;
    const key = `seatrial-trivy-db-${source}-`;
    let kept = newest();
    if (!kept && service) {
        await service.restoreCache([store], `${key}none`, [key]);
        kept = newest();
    }
    else if (!kept) {
        info('No cache service here: the vulnerability database is downloaded and kept on this machine.');
    }
    if (kept)
        (0,external_node_fs_.symlinkSync)(kept, folder);
    const metadata = () => readMetadata(folder);
    return {
        cacheDir,
        fresh: kept !== undefined,
        metadata,
        async keep() {
            const made = metadata();
            if (kept || !made || !(0,external_node_fs_.existsSync)((0,external_node_path_.join)(folder, 'trivy.db')))
                return;
            const name = made.updatedAt.replace(/[^0-9TZ]/g, '');
            const place = (0,external_node_path_.join)(store, name);
            if ((0,external_node_fs_.existsSync)(place))
                return;
            for (const old of (0,external_node_fs_.existsSync)(store) ? (0,external_node_fs_.readdirSync)(store) : [])
                (0,external_node_fs_.rmSync)((0,external_node_path_.join)(store, old), { recursive: true, force: true });
            (0,external_node_fs_.mkdirSync)(store, { recursive: true });
            // Put beside its place first: a folder under its final name is always whole.
            const half = `${place}.${process.pid}.part`;
            moveFolder(folder, half);
            (0,external_node_fs_.renameSync)(half, place);
            (0,external_node_fs_.symlinkSync)(place, folder);
            if (service)
                await service.saveCache([store], `${key}${name}`);
        },
    };
}

;// CONCATENATED MODULE: ./build/js/build/scan/filter.js
/**
 * The report with only what the gate refused, under the image's own name: SARIF and the log's table are made of it, so
 * that code scanning and the gate never tell two stories.
 */
function onlyBlocking(json, blocking, image) {
    const report = JSON.parse(json);
    const keys = new Set(blocking.map(({ kind, id, package: name, installed }) => [kind, id, name, installed].join('|')));
    const kept = (kind, id, name, installed = '') => keys.has([kind, id, name, installed].join('|'));
    const scanned = report.ArtifactName;
    const results = (report.Results ?? []).map((result) => ({
        ...result,
        Target: result.Target?.replace(scanned, image),
        Vulnerabilities: result.Vulnerabilities?.filter((v) => kept('vulnerability', v.VulnerabilityID, v.PkgName, v.InstalledVersion)),
        Misconfigurations: result.Misconfigurations?.filter((m) => kept('misconfiguration', m.ID, result.Target ?? '')),
        Secrets: result.Secrets?.filter((s) => kept('secret', s.RuleID, `${result.Target ?? ''}${s.StartLine ? `:${s.StartLine}` : ''}`)),
        Licenses: result.Licenses?.filter((l) => kept('license', l.Name, l.PkgName || l.FilePath || '')),
    }));
    return JSON.stringify({ ...report, ArtifactName: image, Results: results });
}

// EXTERNAL MODULE: ./build/js/build/scan/findings.js
var scan_findings = __webpack_require__(777);
;// CONCATENATED MODULE: ./build/js/build/scan/gate.js

/** A baseline's finding stays the same one when its package moves to another version that has it too. */
const keyOf = ({ kind, id, package: name }) => `${kind}|${id}|${kind === 'secret' ? name.replace(/:\d+$/, '') : name}`;
/** The gate: pure, so that what is refused can be proved by a test and never depends on an exit code. */
function judge(findings, policy) {
    const vulnerabilities = findings.filter(({ kind }) => kind === 'vulnerability');
    const counts = Object.fromEntries(scan_findings/* SEVERITIES */.oC.map((level) => [level, vulnerabilities.filter(({ severity }) => severity === level).length]));
    const known = new Set(policy.baseline?.map(keyOf));
    const waived = { unfixed: 0, baseline: 0 };
    const blocking = findings.filter((found) => {
        if (!policy.severities.includes(found.severity))
            return false;
        if (known.has(keyOf(found))) {
            waived.baseline++;
            return false;
        }
        if (policy.ignoreUnfixed && found.kind === 'vulnerability' && found.fixed === '') {
            waived.unfixed++;
            return false;
        }
        return true;
    });
    return { counts, fixable: vulnerabilities.filter(({ fixed }) => fixed !== '').length, blocking, waived };
}

// EXTERNAL MODULE: ./build/js/build/scan/pins.js
var pins = __webpack_require__(4071);
;// CONCATENATED MODULE: ./build/js/build/scan/install.js







/** Its own word on its version; undefined when it can't even say that. */
async function versionOf(path, env, signal) {
    try {
        const { exitCode, stdout } = await runProcess(path, ['--version'], { env: bareEnv(env), signal });
        return exitCode === 0 ? /Version:\s*v?(\S+)/.exec(stdout)?.[1] : undefined;
    }
    catch {
        signal?.throwIfAborted();
        return undefined; // not runnable here: the next place is asked
    }
}
/** Follows the release's redirects; the hash below is what makes the source trustworthy. */
async function download(url, signal) {
    const { fetch, EnvHttpProxyAgent } = await __webpack_require__.e(/* import() */ 752).then(__webpack_require__.t.bind(__webpack_require__, 4371, 19));
    const deadline = AbortSignal.timeout(300_000);
    try {
        const answer = await fetch(url, {
            dispatcher: new EnvHttpProxyAgent(),
            signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
        });
        if (!answer.ok)
            throw new Error(`status ${answer.status}`);
        return Buffer.from(await answer.arrayBuffer());
    }
    catch (cause) {
        signal?.throwIfAborted();
        throw new errors/* SeatrialError */.CP('SCAN_FAILED', `Trivy could not be downloaded from ${new URL(url).host}; install it, or give trivy-path. Nothing was pushed.`, { cause });
    }
}
async function fetchPinned({ version, env, arch, temp, info, signal }, target) {
    const pin = pins/* PINS */.$[version]?.[arch];
    if (!pin) {
        throw new errors/* SeatrialError */.CP('NOT_SUPPORTED', `No Trivy ${version} is pinned for ${arch}; install it yourself and give trivy-path.`);
    }
    const mirror = (env.SEATRIAL_TRIVY_MIRROR || 'https://github.com/aquasecurity/trivy/releases/download').replace(/\/$/, '');
    info(`Downloading Trivy ${version}`);
    const archive = await download(`${mirror}/v${version}/${pin.file}`, signal);
    const sha256 = (0,external_node_crypto_.createHash)('sha256').update(archive).digest('hex');
    if (sha256 !== pin.sha256) {
        throw new errors/* SeatrialError */.CP('TRIVY_CHECKSUM', `The downloaded Trivy ${version} is not the pinned one (SHA-256 ${sha256.slice(0, 12)}…, wanted ${pin.sha256.slice(0, 12)}…); nothing was unpacked. Don't go on before you know why.`);
    }
    const packed = (0,external_node_path_.join)(temp, pin.file);
    (0,external_node_fs_.writeFileSync)(packed, archive);
    (0,external_node_fs_.mkdirSync)((0,external_node_path_.dirname)((0,external_node_path_.dirname)(target)), { recursive: true });
    const fresh = (0,external_node_fs_.mkdtempSync)(`${(0,external_node_path_.dirname)(target)}-`);
    const unpacked = await runProcess('tar', ['-xzf', packed, '-C', fresh, 'trivy'], { env: bareEnv(env), signal });
    (0,external_node_fs_.rmSync)(packed);
    if (unpacked.exitCode !== 0)
        throw new errors/* SeatrialError */.CP('SCAN_FAILED', `Trivy could not be unpacked: ${unpacked.stderr.trim()}`);
    (0,external_node_fs_.chmodSync)((0,external_node_path_.join)(fresh, 'trivy'), 0o755);
    // Another job may have been faster: what it put there had to pass the same check.
    if ((0,external_node_fs_.existsSync)((0,external_node_path_.dirname)(target)))
        (0,external_node_fs_.rmSync)(fresh, { recursive: true });
    else
        (0,external_node_fs_.renameSync)(fresh, (0,external_node_path_.dirname)(target));
}
/**
 * Finds or brings Trivy: `trivy-path`, then the PATH if it is the version wanted, then what an earlier run kept, then
 * the release archive whose SHA-256 is pinned. Errors: TRIVY_CHECKSUM, SCAN_FAILED, NOT_SUPPORTED.
 */
async function ensureTrivy(options) {
    const { version, path, env, signal } = options;
    if (path) {
        if ((0,external_node_fs_.existsSync)(path))
            return { path, origin: 'trivy-path' };
        throw new errors/* SeatrialError */.CP('SCAN_FAILED', 'There is no file at trivy-path, so nothing was scanned and nothing pushed; mend the path.');
    }
    const name = `trivy-${version}`;
    const kept = [env.RUNNER_TOOL_CACHE, (0,external_node_path_.join)((0,workspace.cacheRoot)(env), 'tools')].flatMap((root) => root ? [(0,external_node_path_.join)(root, name, 'trivy')] : []);
    const onPath = (env.PATH ?? '').split(external_node_path_.delimiter).map((folder) => (0,external_node_path_.join)(folder, 'trivy'));
    for (const place of [...onPath, ...kept]) {
        if ((0,external_node_fs_.existsSync)(place) && (await versionOf(place, env, signal)) === version) {
            return { path: place, origin: kept.includes(place) ? 'kept from an earlier run' : 'PATH' };
        }
    }
    const target = kept[0];
    await fetchPinned(options, target);
    return { path: target, origin: 'release archive, SHA-256 checked' };
}

;// CONCATENATED MODULE: ./build/js/build/scan/trivy.js




/**
 * What the scanner may know: where the engine is, proxies and certificates. No token, no input, no login, and a home
 * of its own, so that neither plugins of the machine nor its Docker logins come along.
 */
function scanEnv(env, folder) {
    (0,external_node_fs_.mkdirSync)((0,external_node_path_.join)(folder, 'docker'), { recursive: true });
    const names = [
        'PATH',
        'LANG',
        'SSL_CERT_FILE',
        'SSL_CERT_DIR',
        'DOCKER_HOST',
        'DOCKER_TLS_VERIFY',
        'DOCKER_CERT_PATH',
        'XDG_RUNTIME_DIR',
    ];
    const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
    const taken = [...names, ...proxies].flatMap((name) => (env[name] ? [[name, env[name]]] : []));
    return { ...Object.fromEntries(taken), HOME: folder, TMPDIR: folder, DOCKER_CONFIG: (0,external_node_path_.join)(folder, 'docker') };
}
/** Trivy's arguments: once, to JSON, everything it finds, and an exit code that only means "worked" or "broke". */
function scanArguments(request) {
    const { subject } = request;
    return [
        'image',
        ...['--format', 'json', '--output', request.output],
        ...['--exit-code', '0', '--list-all-pkgs', '--show-suppressed'],
        ...['--scanners', request.scanners.join(',')],
        ...(request.scanners.includes('misconfig') ? ['--image-config-scanners', 'misconfig', '--skip-check-update'] : []),
        ...['--cache-dir', request.cacheDir, '--cache-backend', 'memory'],
        ...(request.skipDbUpdate ? ['--skip-db-update'] : []),
        ...request.dbRepositories.flatMap((name) => ['--db-repository', name]),
        ...(request.insecure ? ['--insecure'] : []),
        ...(request.ignoreFile ? ['--ignorefile', request.ignoreFile] : []),
        ...(request.vex ? ['--vex', request.vex] : []),
        ...['--skip-version-check', '--disable-telemetry', '--no-progress'],
        ...('engine' in subject ? ['--image-src', 'docker', subject.engine] : ['--input', subject.layout]),
    ];
}
const lastWord = ({ stderr, stdout }) => (`${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? '')
    .replace(/^\S+\s+(FATAL|ERROR)\s+/, '')
    .replace(/^Fatal error\s+/, '');
async function trivy(binary, args, settings, doing) {
    let result;
    try {
        result = await runProcess(binary, args, settings);
    }
    catch (cause) {
        settings.signal?.throwIfAborted();
        throw new errors/* SeatrialError */.CP('SCAN_FAILED', 'Trivy could not be started; nothing was pushed. Check trivy-path.', {
            cause,
        });
    }
    if (result.exitCode === 0)
        return;
    throw new errors/* SeatrialError */.CP('SCAN_FAILED', `Trivy broke while ${doing} (exit code ${result.exitCode}); nothing was pushed. It said: ${lastWord(result).slice(0, 600) || 'nothing'}`);
}
/** Scans and answers the report's text. Error: SCAN_FAILED, whatever broke; a broken scanner never means "no findings". */
async function scan(request) {
    const { binary, env, folder, onLine, signal, output } = request;
    (0,external_node_fs_.mkdirSync)(folder, { recursive: true });
    await trivy(binary, scanArguments(request), { cwd: folder, env, onLine, signal }, 'scanning');
    if ((0,external_node_fs_.existsSync)(output))
        return (0,external_node_fs_.readFileSync)(output, 'utf8');
    throw new errors/* SeatrialError */.CP('SCAN_FAILED', 'Trivy ended well but wrote no report; nothing was pushed. Check its version.');
}
/** Another form of a report, without another scan. */
async function convert({ binary, report, format, output, folder, env, signal, }) {
    const args = ['convert', '--quiet', '--format', format, '--output', output, '--cache-dir', folder];
    if (format === 'table')
        args.push('--table-mode', 'detailed', '--scanners', 'vuln,secret,misconfig,license');
    await trivy(binary, [...args, report], { cwd: folder, env, signal }, `writing ${format}`);
    if ((0,external_node_fs_.existsSync)(output))
        return output;
    throw new errors/* SeatrialError */.CP('SCAN_FAILED', `Trivy wrote no ${format}; nothing was pushed. Check its version.`);
}

// EXTERNAL MODULE: ./node_modules/yaml/dist/index.js
var dist = __webpack_require__(8815);
;// CONCATENATED MODULE: ./build/js/build/scan/waivers.js




/** The ignore file in force: the one given, else Trivy's own names in the workspace. Error: INPUT_INVALID. */
function findIgnoreFile(root, given) {
    if (given) {
        const file = (0,external_node_path_.resolve)(root, given);
        if ((0,external_node_fs_.existsSync)(file))
            return file;
        throw new errors/* SeatrialError */.CP('INPUT_INVALID', `ignore-file: there is no ${given}; mend the path, or leave it out.`);
    }
    return ['.trivyignore.yaml', '.trivyignore.yml', '.trivyignore']
        .map((name) => (0,external_node_path_.join)(root, name))
        .find((file) => (0,external_node_fs_.existsSync)(file));
}
/** Entries with an end, of `.trivyignore` (`CVE-… exp:2026-12-31`) or its YAML form (`expired_at`). */
function datedWaivers(file, text) {
    if (/\.ya?ml$/.test(file)) {
        const sections = ((0,dist.parse)(text) ?? {});
        return Object.values(sections)
            .flatMap((entries) => (Array.isArray(entries) ? entries : []))
            .flatMap(({ id, expired_at }) => (id && expired_at ? [{ id, until: String(expired_at).slice(0, 10) }] : []));
    }
    return text.split(/\r?\n/).flatMap((line) => {
        const found = /^\s*([^#\s]+)\s+(?:.*\s)?exp:(\d{4}-\d{2}-\d{2})/.exec(line);
        return found ? [{ id: found[1], until: found[2] }] : [];
    });
}
const SOON_DAYS = 14;
/** One warning a waiver that has ended or ends within two weeks: better now than as a blocked release at night. */
function waiverWarnings(waivers, now) {
    return waivers.flatMap(({ id, until }) => {
        const days = Math.floor((Date.parse(`${until}T00:00:00Z`) - now) / 86_400_000);
        if (Number.isNaN(days))
            return [];
        if (days < 0)
            return [`${id} is no longer ignored: its waiver ended on ${until}. Mend it, or renew the waiver with a reason.`];
        return days <= SOON_DAYS ? [`The waiver of ${id} ends on ${until}; from then on it blocks again.`] : [];
    });
}
function readWaiverWarnings(file, now) {
    try {
        return waiverWarnings(datedWaivers(file, (0,external_node_fs_.readFileSync)(file, 'utf8')), now);
    }
    catch (cause) {
        throw new errors/* SeatrialError */.CP('INPUT_INVALID', 'ignore-file: can’t be read as YAML; check it with any YAML linter.', {
            cause,
        });
    }
}

;// CONCATENATED MODULE: ./build/js/build/scan/scanner.js













/** @actions/cache where the runner has the service behind it. */
async function cacheService(env) {
    if (!env.ACTIONS_RESULTS_URL && !env.ACTIONS_CACHE_URL)
        return undefined;
    const cache = await Promise.all(/* import() */[__webpack_require__.e(752), __webpack_require__.e(509)]).then(__webpack_require__.bind(__webpack_require__, 8509));
    return cache.isFeatureAvailable() ? cache : undefined;
}
/** Brings the scanner and its database before the build begins, so that what is missing is said at once. */
async function prepareScan(inputs, actions, work) {
    const { env, signal } = actions;
    const now = Date.now();
    const ignoreFile = findIgnoreFile(work.root, inputs['ignore-file']);
    if (ignoreFile)
        for (const warning of readWaiverWarnings(ignoreFile, now))
            actions.warning(warning);
    const vex = inputs.vex ? (0,external_node_path_.resolve)(work.root, inputs.vex) : undefined;
    if (vex && !(0,external_node_fs_.existsSync)(vex))
        throw new errors/* SeatrialError */.CP('INPUT_INVALID', `vex: there is no ${inputs.vex}; mend the path.`);
    const repositories = dbRepositories(inputs['trivy-db-repository']);
    if (repositories.insecure)
        actions.warning('trivy-db-repository: plain http beyond this machine; anybody between can change the database.');
    const trivy = await ensureTrivy({
        version: inputs['trivy-version'],
        path: inputs['trivy-path'] ? (0,external_node_path_.resolve)(work.root, inputs['trivy-path']) : undefined,
        env,
        arch: process.arch,
        temp: work.temp,
        info: actions.info,
        signal,
    });
    actions.info(`Scanner: Trivy from ${trivy.origin}`);
    const database = await openDatabase({
        env,
        temp: work.temp,
        repositories: repositories.names,
        service: await cacheService(env),
        now: Date.now,
        info: actions.info,
    });
    const folder = (0,external_node_path_.join)(work.temp, 'scan');
    (0,external_node_fs_.mkdirSync)(folder, { recursive: true });
    const common = {
        binary: trivy.path,
        scanners: (0,check/* items */.ld)(inputs.scanners).map((word) => word.toLowerCase()),
        cacheDir: database.cacheDir,
        dbRepositories: repositories.names,
        insecure: repositories.insecure,
        ignoreFile,
        vex,
        folder,
        env: scanEnv(env, folder),
        onLine: actions.debug,
        signal,
    };
    let haveDatabase = database.fresh;
    const scanOne = async (subject, output) => {
        const json = await scan({ ...common, subject, output, skipDbUpdate: haveDatabase });
        haveDatabase = true; // whichever scan came first has brought it
        return { json, report: (0,scan_findings/* parseReport */.MM)(json) };
    };
    return {
        async judge(subjects, docker, facts) {
            const scans = [];
            for (const { where, imageId, platform } of subjects) {
                const suffix = subjects.length > 1 ? `-${platform.replaceAll('/', '-')}` : '';
                const output = (0,external_node_path_.join)(work.reports, `trivy${suffix}.json`);
                const { json, report } = await scanOne(where, output);
                if (report.Metadata.ImageID !== imageId) {
                    throw new errors/* SeatrialError */.CP('SCAN_FAILED', 'Trivy scanned another image than the one built; nothing was pushed. Run again.');
                }
                scans.push({ json, report, output, suffix });
            }
            facts.files.report = scans.map(({ output }) => output).join('\n');
            const db = reportAge(database, actions);
            await database.keep();
            const baseline = inputs['scan-baseline'];
            const known = baseline ? await baselineFindings(baseline, docker) : undefined;
            const severities = (0,check/* items */.ld)(inputs.severity).map((word) => word.toUpperCase());
            const ignoreUnfixed = inputs['ignore-unfixed'];
            const findings = (0,scan_findings/* mergeFindings */.DF)(scans.map(({ report }) => (0,scan_findings/* findingsOf */.WX)(report)));
            const verdict = judge(findings, { severities, ignoreUnfixed, baseline: known });
            const version = scans[0]?.report?.Trivy?.Version;
            facts.scan = {
                verdict,
                severities,
                suppressed: scans.reduce((sum, { report }) => sum + (0,scan_findings/* suppressedIn */.IZ)(report), 0),
                scanner: `Trivy ${version ?? inputs['trivy-version']}`,
                ...(baseline ? { baseline } : {}),
                ...(db ? { db } : {}),
            };
            await writeReports(scans, verdict.blocking, facts);
        },
    };
    async function baselineFindings(reference, docker) {
        const file = (0,external_node_path_.resolve)(work.root, reference);
        if ((0,external_node_fs_.existsSync)(file))
            return (0,scan_findings/* findingsOf */.WX)((0,scan_findings/* parseReport */.MM)((0,external_node_fs_.readFileSync)(file, 'utf8')));
        let image = await inspectImage(reference, docker, signal);
        if (!image) {
            const pulled = await runProcess('docker', ['pull', '--quiet', reference], { env: docker, signal });
            image = pulled.exitCode === 0 ? await inspectImage(reference, docker, signal) : undefined;
        }
        if (!image) {
            throw new errors/* SeatrialError */.CP('SCAN_FAILED', `scan-baseline ${reference} can't be pulled; nothing was pushed. Check its name and login.`);
        }
        return (0,scan_findings/* findingsOf */.WX)((await scanOne({ engine: image.id }, (0,external_node_path_.join)(work.temp, 'baseline.json'))).report);
    }
    async function writeReports(scans, blocking, facts) {
        const base = { binary: trivy.path, folder, env: common.env, signal };
        const image = `${facts.repository}${facts.version ? `:${facts.version}` : ''}`;
        const paths = { sarif: [], sbom: [] };
        for (const { json, output, suffix } of scans) {
            const refused = (0,external_node_path_.join)(work.temp, `refused${suffix}.json`);
            (0,external_node_fs_.writeFileSync)(refused, onlyBlocking(json, blocking, image));
            const sarif = (0,external_node_path_.join)(work.reports, `trivy${suffix}.sarif`);
            paths.sarif.push(await convert({ ...base, report: refused, format: 'sarif', output: sarif }));
            if (inputs.sbom !== 'none') {
                const [format, end] = inputs.sbom === 'spdx' ? ['spdx-json', 'spdx'] : ['cyclonedx', 'cdx'];
                const sbom = (0,external_node_path_.join)(work.reports, `sbom${suffix}.${end}.json`);
                paths.sbom.push(await convert({ ...base, report: output, format, output: sbom }));
            }
            if (blocking.length === 0)
                continue;
            const table = (0,external_node_path_.join)(work.temp, 'table.txt');
            actions.info((0,external_node_fs_.readFileSync)(await convert({ ...base, report: refused, format: 'table', output: table }), 'utf8').trimEnd());
        }
        facts.files.sarif = paths.sarif.join('\n');
        facts.files.sbom = paths.sbom.join('\n');
    }
}
/** Older than this, a database says little about what was found since: the real one is made anew every six hours. */
const STALE_HOURS = 72;
function reportAge(database, actions) {
    const metadata = database.metadata();
    if (!metadata)
        return undefined;
    const age = ageHours(metadata, Date.now());
    const line = `The vulnerability database is of ${metadata.updatedAt} (${age} hours old)`;
    if (age > STALE_HOURS)
        actions.warning(`${line}; check trivy-db-repository.`);
    else
        actions.info(`${line}${database.fresh ? ', kept from an earlier run' : ''}.`);
    return { updatedAt: metadata.updatedAt, ageHours: age };
}

;// CONCATENATED MODULE: ./build/js/build/tags.js

const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
/** Any text as a tag: at most 128 of `[A-Za-z0-9_.-]`, not beginning with a dot or dash (distribution spec). */
function sanitiseTag(text) {
    return text
        .replace(/[^\w.-]+/g, '-')
        .replace(/^[.-]+/, '')
        .slice(0, 128)
        .replace(/-+$/, '');
}
/** Tags from git: `1.2.3 1.2 1` of a version tag (no bare `0`, no moving tag for a pre-release), branch, `pr-12`, `sha-…`. */
function tagsFromGit(git) {
    const sha = git.sha ? `sha-${git.sha.slice(0, 7)}` : '';
    const found = git.tag ? SEMVER.exec(git.tag) : null;
    if (found) {
        const [, major, minor, patch, pre = ''] = found;
        const version = sanitiseTag(`${major}.${minor}.${patch}${pre}`);
        const moving = pre ? [] : [`${major}.${minor}`, ...(major === '0' ? [] : [`${major}`])];
        return { tags: [version, sha, ...moving].filter(Boolean), version };
    }
    if (git.pullRequest)
        return { tags: [sha, `pr-${git.pullRequest}`].filter(Boolean), version: `pr-${git.pullRequest}` };
    const name = sanitiseTag(git.tag ?? git.branch ?? '');
    return { tags: [...new Set([sha, name].filter(Boolean))], version: sha || name };
}
/**
 * The tags of this build: those given, `auto` standing for git's. Errors: INPUT_INVALID (not a tag), TAG_LATEST (a
 * tag that says nothing about what it holds, alone), TAGS_NEEDED (a push without any).
 */
function chooseTags(given, git, image, push) {
    const auto = tagsFromGit(git);
    const tags = [];
    for (const line of given) {
        const text = line.startsWith(`${image}:`) ? line.slice(image.length + 1) : line;
        const made = text === 'auto' ? auto.tags : [sanitiseTag(text)];
        if (text !== 'auto' && (text.includes(':') || text.includes('@') || !made[0])) {
            throw new errors/* SeatrialError */.CP('INPUT_INVALID', `tags: "${line}" is not a tag of ${image}; write the tag alone.`);
        }
        tags.push(...made);
    }
    const unique = [...new Set(tags)];
    if (unique.length > 0 && unique.every((tag) => tag === 'latest')) {
        throw new errors/* SeatrialError */.CP('TAG_LATEST', 'latest alone can’t be traced or rolled back to; add auto or a version to tags.');
    }
    if (push && unique.length === 0) {
        throw new errors/* SeatrialError */.CP('TAGS_NEEDED', 'There is no git commit to name this image by; give tags, one a line.');
    }
    const usesGit = given.includes('auto') && auto.version;
    return { tags: unique, version: usesGit ? auto.version : (unique.find((tag) => tag !== 'latest') ?? '') };
}

;// CONCATENATED MODULE: ./build/js/build/flow.js

















/** GitHub shows ten warnings a step; the summary has them all. */
const ANNOTATIONS = 10;
function runLint(inputs, actions, sources, facts) {
    if (inputs.lint === 'off')
        return;
    const severity = inputs.lint === 'error' ? 'error' : 'warning';
    facts.lint = lintSources(sources, inputs.target, inputs['build-args']).map((finding) => ({
        ...finding,
        severity,
        file: finding.rule === 'no-dockerignore' ? inputs.context : sources.shown,
    }));
    facts.lintRan = true;
    for (const { rule, file, line, why, mend } of facts.lint.slice(0, ANNOTATIONS)) {
        actions.warning(`${rule}: ${why} ${mend}`, { file, ...(line ? { line } : {}), title: rule });
    }
    const rest = facts.lint.length - ANNOTATIONS;
    if (rest > 0)
        actions.info(`… and ${rest} more lint findings: see the summary.`);
    if (facts.lint.length === 0 || severity === 'warning')
        return;
    const rules = [...new Set(facts.lint.map(({ rule }) => rule))].join(', ');
    throw new errors/* SeatrialError */.CP('LINT_FAILED', `The Dockerfile has ${facts.lint.length} finding(s): ${rules}. Mend them, or set lint: warn.`);
}
function labelsOf(given, git, version) {
    const own = Object.fromEntries(given.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
    return {
        ...(git.sha ? { 'org.opencontainers.image.revision': git.sha } : {}),
        ...(git.source ? { 'org.opencontainers.image.source': git.source } : {}),
        ...(version ? { 'org.opencontainers.image.version': version } : {}),
        ...own,
    };
}
/** What GitHub's cache service is reached with; buildx gets it for a gha cache, nobody else. */
const cacheEnv = (env) => Object.fromEntries(['ACTIONS_CACHE_URL', 'ACTIONS_RESULTS_URL', 'ACTIONS_RUNTIME_TOKEN', 'ACTIONS_CACHE_SERVICE_V2'].flatMap((name) => env[name] ? [[name, env[name]]] : []));
/**
 * lint → build → scan → gate → push. Each step writes what it learned into `facts`, so that outputs and summary are
 * true whichever step fails; whatever is thrown before the push means that nothing was pushed.
 */
async function buildImage(inputs, actions, work, facts) {
    const { env, signal } = actions;
    const timed = async (name, title, body) => {
        const started = performance.now();
        try {
            return await actions.group(title, body);
        }
        finally {
            facts.times.push([name, performance.now() - started]);
        }
    };
    const repository = (0,reference/* parseRepository */.SU)(inputs.image, inputs.registry);
    facts.repository = repository.name;
    const sources = findSources(work.root, inputs.context, inputs.file);
    const git = await gitFacts(env, sources.context, signal);
    const { tags, version } = chooseTags(inputs.tags, git, repository.name, inputs.push);
    Object.assign(facts, { tags, version });
    runLint(inputs, actions, sources, facts);
    const login = inputs.username && inputs.password ? { username: inputs.username, password: inputs.password } : undefined;
    const docker = dockerEnv(env, work.temp, repository.registry, login);
    const platforms = (0,check/* items */.ld)(inputs.platforms);
    const builder = await findBuilder(docker, { platforms, secrets: inputs.secrets.length > 0 }, signal);
    facts.builder = builder.label;
    // A refused login and a scanner that can't be had cost seconds here and a whole build later.
    let registry;
    if (inputs.push) {
        const known = login ?? (await storedLogin(env, repository.registry, signal));
        registry = await openRegistry(await createHttp(env), repository, 'pull,push', known, signal);
    }
    const scanner = inputs.scan ? await prepareScan(inputs, actions, work) : undefined;
    const cache = planCache(inputs.cache, {
        builder,
        hasService: Boolean(env.ACTIONS_RESULTS_URL || env.ACTIONS_CACHE_URL),
        image: repository.name,
        folder: (0,external_node_path_.join)((0,workspace.cacheRoot)(env), 'layers', repository.name.replace(/[^\w.-]+/g, '-')),
        scope: repository.name,
    });
    const production = {
        builder,
        request: {
            ...sources,
            target: inputs.target,
            platforms,
            buildArgs: inputs['build-args'],
            secretIds: inputs.secrets.map((line) => line.slice(0, line.indexOf('='))),
            labels: labelsOf(inputs.labels, git, version),
            metadataFile: (0,external_node_path_.join)(work.temp, 'build.json'),
        },
        cache,
        effects: {
            env: docker,
            secrets: inputs.secrets.map((line) => line.slice(line.indexOf('=') + 1)),
            cacheEnv: cacheEnv(env),
            onLine: actions.info,
            signal,
        },
        temp: work.temp,
    };
    actions.info(`Building with ${builder.label}; ${cache.note}`);
    const product = await timed('build', `Build ${repository.name}`, () => platforms.length > 1 ? produceLayout(production) : produceInEngine(production));
    try {
        const { id, size, inEngine, subjects } = product;
        Object.assign(facts, { imageId: id, size, inEngine, platforms: subjects.map(({ platform }) => platform) });
        if (scanner)
            await timed('scan', `Scan ${id.slice(0, 19)}`, () => scanner.judge(subjects, docker, facts));
        gate(inputs, facts, size);
        const wanted = tags.length ? tags : ['local'];
        await product.name(repository.name, wanted);
        if (!registry)
            return;
        const client = registry;
        facts.digest = await timed('push', `Push ${repository.name}`, () => product.push(client, repository.name, wanted, (tag) => facts.pushed.push(tag)));
        if (cache.toAfterPush.length)
            await writeCache(production, timed);
    }
    finally {
        await product.remove();
    }
}
/** All layers are there already: this only writes them out, and nothing that the gate has not seen. */
async function writeCache({ builder, request, cache, effects }, timed) {
    const late = { ...cache, to: cache.toAfterPush };
    const name = '';
    await timed('cache', 'Write the cache', () => runBuild(builder, { ...request, name }, late, ['--output', 'type=cacheonly'], effects));
}
/** The last door before the push. Errors: SCAN_BLOCKED, IMAGE_TOO_LARGE. */
function gate(inputs, facts, size) {
    const limit = inputs['max-size'];
    const refused = facts.scan?.verdict.blocking ?? [];
    if (limit !== undefined && size > limit)
        facts.tooLarge = { limit };
    facts.blocked = refused.length > 0 || facts.tooLarge !== undefined;
    if (refused.length > 0) {
        const named = refused
            .slice(0, 3)
            .map(({ id, package: name, fixed }) => `${id} in ${name}${fixed ? ` (fixed in ${fixed})` : ''}`);
        const rest = refused.length - named.length;
        throw new errors/* SeatrialError */.CP('SCAN_BLOCKED', `${refused.length} finding(s) of ${(0,check/* items */.ld)(inputs.severity).join(', ')}: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}. Nothing was pushed; the summary says what to update.`);
    }
    if (facts.tooLarge) {
        throw new errors/* SeatrialError */.CP('IMAGE_TOO_LARGE', `The image has ${(0,units/* formatSize */.Xq)(size)}, max-size is ${(0,units/* formatSize */.Xq)(facts.tooLarge.limit)}. Nothing was pushed; slim it, or raise max-size.`);
    }
}


/***/ }),

/***/ 140:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.r(__webpack_exports__);
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   cacheRoot: () => (/* binding */ cacheRoot),
/* harmony export */   openWorkspace: () => (/* binding */ openWorkspace)
/* harmony export */ });
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(3024);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8161);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6760);
/* harmony import */ var _lib_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8175);




const within = (folder, path) => {
    const way = (0,node_path__WEBPACK_IMPORTED_MODULE_2__.relative)(folder, path);
    return way === '' || (!way.startsWith('..') && !(0,node_path__WEBPACK_IMPORTED_MODULE_2__.isAbsolute)(way));
};
/** Folders of this run. Nothing gets a fixed name in the workspace: steps may run side by side there. */
function openWorkspace(env, context, reportDir) {
    const root = env.GITHUB_WORKSPACE || process.cwd();
    const base = env.RUNNER_TEMP || (0,node_os__WEBPACK_IMPORTED_MODULE_1__.tmpdir)();
    const chosen = reportDir ? (0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(root, reportDir) : undefined;
    if (chosen && within((0,node_path__WEBPACK_IMPORTED_MODULE_2__.resolve)(root, context), chosen)) {
        throw new _lib_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .SeatrialError */ .CP('INPUT_INVALID', 'report-dir: lies inside the context and would go into the next image; choose a folder outside it.');
    }
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(base, { recursive: true });
    const temp = (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdtempSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(base, 'seatrial-'));
    const reports = chosen ?? (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdtempSync)((0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(base, 'seatrial-reports-'));
    (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.mkdirSync)(reports, { recursive: true });
    const remove = () => {
        (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmSync)(temp, { recursive: true, force: true });
        if (!chosen && (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.readdirSync)(reports).length === 0)
            (0,node_fs__WEBPACK_IMPORTED_MODULE_0__.rmdirSync)(reports); // a run that stopped early leaves nothing
    };
    return { root, temp, reports, remove };
}
/** Where things are kept between runs on a machine that stays. */
const cacheRoot = (env) => (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(env.XDG_CACHE_HOME || (0,node_path__WEBPACK_IMPORTED_MODULE_2__.join)(env.HOME || (0,node_os__WEBPACK_IMPORTED_MODULE_1__.homedir)(), '.cache'), 'seatrial');


/***/ })

};
