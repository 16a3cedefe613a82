import { o as __toESM } from "./rolldown-runtime-C1I3wEg2.js";
import { a as info, c as saveState, d as setSecret, f as startGroup, i as getState, l as setFailed, n as endGroup, p as warning, r as error, s as notice, t as debug, u as setOutput } from "./core-C59GxoXa.js";
import { n as asSeatrialError, r as causes, t as SeatrialError } from "./errors-D8zSJkLX.js";
import { S as nearest, a as parsePairs, b as listOfLines, c as parseAttests, f as DEFAULT_TRIVY, i as parseBuildArgs, n as parsePlatforms, o as parseSecretSources, s as parseSecrets, u as checkInputs, y as listOfItems } from "./platforms-Tm5jG0IT.js";
import { c as parseSize, f as object, g as NEVER, p as string, s as parseLines } from "./findings-C40VOSiz.js";
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
// src/lib/actions.ts
/** GitHub drops a step summary over 1 MiB whole, so ours stops before (platform limits, docs/decisions.md). */
const SUMMARY_LIMIT = 921600;
/** The `seatrial` command hands us an output file too, and its terminal would print what a runner swallows. */
const onRunner = (env) => env.GITHUB_ACTIONS === "true" || Boolean(env.GITHUB_OUTPUT) && env.SEATRIAL_COMMAND === void 0;
/** How a vendor may write down what it was sent: percent signs in either case, a form's `+`, a JSON string's backslashes. */
function waysToWrite(raw) {
	const encoded = encodeURIComponent(raw);
	return [
		raw,
		encoded,
		encoded.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()),
		new URLSearchParams({ "": raw }).toString().slice(1),
		JSON.stringify(raw).slice(1, -1)
	];
}
function createActions(signal, env = process.env) {
	const secrets = /* @__PURE__ */ new Set();
	let summarised = 0;
	const scrub = (text) => {
		let clean = text;
		for (const secret of secrets) clean = clean.replaceAll(secret, "***");
		return clean;
	};
	return {
		signal,
		env,
		scrub,
		info: (line) => info(scrub(line)),
		debug: (line) => debug(scrub(line)),
		notice: (line) => onRunner(env) ? notice(scrub(line)) : info(scrub(line)),
		warning: (line, at) => onRunner(env) ? warning(scrub(line), at && {
			file: at.file,
			startLine: at.line,
			title: at.title
		}) : info(`warning: ${at ? `${at.file}${at.line ? `:${at.line}` : ""}: ` : ""}${scrub(line)}`),
		error: (line) => onRunner(env) ? error(scrub(line)) : info(`error: ${scrub(line)}`),
		async group(title, body) {
			startGroup(scrub(title));
			try {
				return await body();
			} finally {
				endGroup();
			}
		},
		mask(secret) {
			const forms = secret.split(/\r?\n/).map((line) => line.trim()).concat(secret.trim());
			for (const form of forms.flatMap(waysToWrite)) {
				if (form.length < 3 || secrets.has(form)) continue;
				secrets.add(form);
				if (onRunner(env)) setSecret(form);
			}
		},
		output(name, value, how) {
			const plain = typeof value === "object" ? JSON.stringify(value) : String(value);
			const text = how === "whole" ? plain : scrub(plain);
			if (env.GITHUB_OUTPUT) setOutput(name, text);
			else if (text !== "") info(`${name}=${text}`);
		},
		summary(markdown) {
			const text = `${scrub(markdown)}\n`;
			summarised += Buffer.byteLength(text);
			if (!env.GITHUB_STEP_SUMMARY) return;
			if (summarised > SUMMARY_LIMIT) warning("The summary was cut: GitHub takes 1 MiB a step.");
			else appendFileSync(env.GITHUB_STEP_SUMMARY, text);
		},
		saveState(name, value) {
			if (env.GITHUB_STATE) saveState(name, value);
		},
		state: (name) => getState(name)
	};
}
/**
* Runs an action: `main` in the step, `post` (told by saved state) when the job ends. A failure sets `error-code`,
* prints one `::error::` line that begins with the code, and exits 1; a failing post only warns. A text that `main` answers
* is the `error-code` of a step that is to stay green.
*/
async function run(main, post) {
	const cancel = new AbortController();
	const stop = () => cancel.abort(new SeatrialError("CANCELLED", "The run was cancelled; run it again when you like."));
	process.on("SIGINT", stop);
	process.on("SIGTERM", stop);
	const actions = createActions(cancel.signal);
	const isPost = actions.state("isPost") === "true";
	try {
		if (isPost) await post?.(actions);
		else {
			if (post) actions.saveState("isPost", "true");
			const code = await main(actions);
			actions.output("error-code", typeof code === "string" ? code : "");
		}
	} catch (thrown) {
		const error = asSeatrialError(thrown);
		for (const line of causes(error)) actions.debug(`caused by ${line}`);
		if (error.code === "INTERNAL" && thrown instanceof Error && thrown.stack) actions.debug(thrown.stack);
		if (isPost) actions.warning(`${error.code}: ${error.message}`);
		else {
			actions.output("error-code", error.code);
			setFailed(actions.scrub(`${error.code}: ${error.message}`));
		}
	}
	process.exit();
}
// src/lib/config-sections.ts
/** The text of the repository's workflows; undefined where there are none to look into. */
function workflowsOf(root) {
	const folder = join(root, ".github/workflows");
	if (!existsSync(folder)) return void 0;
	const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
	return files.length ? files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n") : void 0;
}
/** Whether some workflow may run for the environment: by its name, by the default, or by a list one picks from. */
function isNamed(name, workflows) {
	if (/\btype:\s*environment\b/.test(workflows)) return true;
	if (name === "production" && /seatrial/.test(workflows)) return true;
	const literal = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
	return new RegExp(`(^|[^\\w.-])${literal}($|[^\\w.-])`, "m").test(workflows);
}
/** True the first time in a job: several steps read the same file. */
function firstTime(line, { RUNNER_TEMP: folder }) {
	if (!folder || !existsSync(folder)) return true;
	const file = join(folder, "seatrial-sections-told");
	const told = existsSync(file) ? readFileSync(file, "utf8") : "";
	if (told.split("\n").includes(line)) return false;
	writeFileSync(file, `${told}${line}\n`);
	return true;
}
/**
* What to say of sections under `environments` that nothing reads: of a misspelt name, or of an environment that no
* workflow of the repository is about. `sections` are their places by name.
*/
function neverRead(sections, environment, root, env) {
	const names = [...sections.keys()];
	const workflows = workflowsOf(root);
	const lines = names.filter((name) => name !== environment && workflows !== void 0 && !isNamed(name, workflows)).map((name) => {
		const meant = sections.has(environment) ? void 0 : nearest(name, [environment]);
		const advice = meant ? `; this run is about "${meant}", did you mean that?` : ".";
		return `${sections.get(name)}: no workflow names the environment "${name}", so its section is never read${advice}`;
	});
	const meant = sections.has(environment) ? void 0 : nearest(environment, names);
	if (meant && !lines.length) lines.push(`${sections.get(meant)}: this run is about the environment "${environment}", which has no section; did you mean "${meant}"?`);
	return lines.filter((line) => firstTime(line, env));
}
// src/lib/known-keys.json
var known_keys_default = {
	build: [
		"image",
		"context",
		"file",
		"target",
		"platforms",
		"build-args",
		"build-contexts",
		"secrets",
		"secret-files",
		"secret-envs",
		"ssh",
		"no-cache",
		"no-cache-filters",
		"pull",
		"network",
		"add-hosts",
		"shm-size",
		"ulimit",
		"builder",
		"labels",
		"annotations",
		"attests",
		"tags",
		"flavor",
		"push",
		"cache",
		"registry",
		"username",
		"password",
		"scan",
		"severity",
		"ignore-unfixed",
		"ignore-file",
		"vex",
		"scanners",
		"skip-dirs",
		"skip-files",
		"scan-baseline",
		"baseline-environment",
		"trivy-version",
		"trivy-path",
		"trivy-db-repository",
		"sbom",
		"lint",
		"max-size",
		"comment",
		"upload-sarif",
		"github-token",
		"report-dir"
	],
	deploy: [
		"command",
		"app",
		"environment",
		"hosts",
		"hosts-at-once",
		"region-pause",
		"ssh-key",
		"ssh-known-hosts",
		"tls-ca",
		"tls-cert",
		"tls-key",
		"kubeconfig",
		"image",
		"registry",
		"username",
		"password",
		"strategy",
		"edge",
		"port",
		"app-protocol",
		"publish",
		"domains",
		"redirects",
		"replicas",
		"env",
		"env-file",
		"secrets",
		"volumes",
		"networks",
		"memory",
		"cpus",
		"pids",
		"restart",
		"log-max-size",
		"log-max-file",
		"log-driver",
		"log-options",
		"tmpfs",
		"extra-hosts",
		"ulimits",
		"shm-size",
		"init",
		"dns",
		"devices",
		"gpus",
		"stop-signal",
		"stop-timeout",
		"drain-timeout",
		"read-only",
		"user",
		"cap-add",
		"cap-drop",
		"labels",
		"entrypoint",
		"workers",
		"args",
		"health-path",
		"health-host",
		"health-headers",
		"health-status",
		"health-command",
		"health-interval",
		"health-timeout",
		"healthy-after",
		"start-period",
		"deploy-timeout",
		"watch",
		"watch-errors",
		"canary-weight",
		"canary-steps",
		"canary-match",
		"sticky",
		"tls-certificate",
		"tls",
		"acme-email",
		"acme-server",
		"acme-ca",
		"front-image",
		"front-http",
		"front-https",
		"trusted-proxies",
		"header-max",
		"request-timeout",
		"rate-limit",
		"max-connections",
		"queue-timeout",
		"access-log",
		"scale",
		"scale-min",
		"scale-max",
		"scheduled",
		"metrics-address",
		"maintenance-page",
		"error-page",
		"maintenance",
		"max-body",
		"accept-proxy",
		"pre-deploy",
		"post-deploy",
		"hook-entrypoint",
		"keep-warm",
		"keep-warm-as",
		"keep-releases",
		"placement",
		"edge-placement",
		"min-disk",
		"to",
		"force",
		"reason",
		"promote",
		"lock-wait",
		"dry-run",
		"edge-image",
		"url",
		"github-deployment",
		"github-token",
		"compose-file",
		"service"
	],
	verify: [
		"mode",
		"deployment",
		"environment",
		"hosts",
		"containers",
		"kubeconfig",
		"ssh-key",
		"ssh-known-hosts",
		"tls-ca",
		"tls-cert",
		"tls-key",
		"urls",
		"method",
		"headers",
		"body",
		"expect-status",
		"expect-body",
		"expect-json",
		"follow-redirects",
		"client-cert",
		"client-key",
		"client-ca",
		"rate",
		"duration",
		"warm-up",
		"alpha",
		"beta",
		"baseline",
		"baseline-file",
		"baseline-max-age",
		"thresholds",
		"ignore",
		"log-format",
		"prometheus-url",
		"queries",
		"loki-url",
		"loki-queries",
		"metrics",
		"stores",
		"store-headers",
		"store-ca",
		"on-inconclusive",
		"on-error",
		"fail-on",
		"load",
		"load-serving",
		"replay-file",
		"report-dir"
	],
	notify: [
		"event",
		"severity",
		"title",
		"text",
		"fields",
		"deployment",
		"verdict",
		"customers",
		"history",
		"commit",
		"environment",
		"service",
		"version",
		"reason",
		"report-url",
		"rollback-url",
		"locale",
		"time-zone",
		"mentions",
		"dingtalk-webhook",
		"dingtalk-secret",
		"dingtalk-keyword",
		"dingtalk-format",
		"wecom-webhook",
		"wecom-format",
		"feishu-webhook",
		"feishu-secret",
		"feishu-keyword",
		"feishu-app-id",
		"feishu-app-secret",
		"feishu-chat-id",
		"feishu-urgent",
		"feishu-urgent-users",
		"feishu-api-url",
		"slack-webhook",
		"slack-token",
		"slack-channel",
		"slack-api-url",
		"teams-webhook",
		"discord-webhook",
		"discord-thread-id",
		"telegram-token",
		"telegram-chat-id",
		"telegram-thread-id",
		"telegram-api-url",
		"smtp-url",
		"smtp-access-token",
		"smtp-ehlo",
		"email-from",
		"email-to",
		"email-cc",
		"email-reply-to",
		"webhook-url",
		"webhook-secret",
		"pagerduty-key",
		"pagerduty-api-url",
		"alertmanager-url",
		"alertmanager-username",
		"alertmanager-password",
		"alertmanager-expires",
		"grafana-url",
		"grafana-token",
		"grafana-dashboard",
		"aliyun-access-key-id",
		"aliyun-access-key-secret",
		"aliyun-sms-sign-name",
		"aliyun-sms-template-code",
		"aliyun-phones",
		"aliyun-voice-template-code",
		"aliyun-voice-number",
		"aliyun-voice-phones",
		"aliyun-api-url",
		"twilio-account-sid",
		"twilio-auth-token",
		"twilio-from",
		"twilio-to",
		"twilio-voice-to",
		"twilio-api-url",
		"serverchan-key",
		"serverchan-api-url",
		"bark-key",
		"bark-api-url",
		"ntfy-topic",
		"ntfy-token",
		"ntfy-api-url",
		"googlechat-webhook",
		"targets",
		"routes",
		"fallback",
		"quiet-hours",
		"require",
		"message-refs",
		"needs",
		"mode",
		"timeout",
		"dedup-key"
	]
};
// src/lib/config.ts
const ACTIONS = [
	"build",
	"deploy",
	"verify",
	"notify"
];
const KEYS = known_keys_default;
function isSection(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
const invalid = (message, cause) => new SeatrialError("CONFIG_INVALID", message, { cause });
/**
* A YAML value as the text the same input would hold: lists one item a line, maps one `KEY=value` a line, a list there
* with commas. A list of maps is what an input holds as YAML, and stays that. Undefined for what is no value.
*/
function asInput(value) {
	if (Array.isArray(value) && value.some(isSection)) return JSON.stringify(value);
	if (Array.isArray(value)) return joined(value.map(asInput), "\n");
	if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
	if (!isSection(value)) return void 0;
	const lines = Object.entries(value).map(([key, item]) => {
		const text = Array.isArray(item) ? joined(item.map(asInput), ", ") : asInput(item);
		if (text === void 0) return void 0;
		return text.trim().includes("\n") && !Array.isArray(item) ? `${key}<<SEATRIAL_END\n${text}\nSEATRIAL_END` : `${key}=${text}`;
	});
	return joined(lines, "\n");
}
const joined = (parts, by) => parts.includes(void 0) ? void 0 : parts.join(by);
/** The environment the run is about: its own input, or the deployment it was handed. */
function environmentOf(given) {
	if (given.has("environment")) return given.get("environment");
	try {
		return String(JSON.parse(given.get("deployment") ?? "{}").environment ?? "production");
	} catch {
		return "production";
	}
}
/** One seatrial.yml, read with the places of its keys. */
var ConfigFile = class {
	#name;
	#yaml;
	#counter;
	#document;
	constructor(name, text, yaml) {
		this.#name = name;
		this.#yaml = yaml;
		this.#counter = new yaml.LineCounter();
		this.#document = yaml.parseDocument(text, {
			lineCounter: this.#counter,
			prettyErrors: false
		});
		const [error] = this.#document.errors;
		if (error) throw invalid(`${this.#at(error.pos[0])}: not valid YAML: ${error.message}.`, error);
	}
	#at(offset) {
		if (offset === void 0) return this.#name;
		const { line, col } = this.#counter.linePos(offset);
		return `${this.#name}:${line}:${col}`;
	}
	get root() {
		return this.#document.contents;
	}
	value(node) {
		return this.#yaml.isNode(node) ? node.toJS(this.#document) : node;
	}
	/** Keys of a map with their places; `path` is what the map itself is called. */
	level(node, path, place) {
		const map = this.#yaml.isAlias(node) ? node.resolve(this.#document) : node;
		if (!this.#yaml.isMap(map)) throw invalid(`${place}: ${path || "the file"} must be a map of inputs.`);
		const found = /* @__PURE__ */ new Map();
		for (const { key, value } of map.items) {
			const name = String(this.value(key));
			const offset = this.#yaml.isNode(key) ? key.range?.[0] : void 0;
			found.set(name, {
				node: value,
				place: this.#at(offset),
				path: path ? `${path}.${name}` : name
			});
		}
		return found;
	}
};
const guess = (name, among) => {
	const found = nearest(name, among);
	return found ? `; did you mean "${found}"?` : "; seatrial.schema.json lists them.";
};
/** Checks the keys of one level, and answers those of this action: flat ones first, its own section's over them. */
function settingsOf(file, level, { action, mine }) {
	const taken = /* @__PURE__ */ new Map();
	let section = /* @__PURE__ */ new Map();
	for (const [key, setting] of level) if (ACTIONS.includes(key)) {
		const inside = file.level(setting.node, setting.path, setting.place);
		for (const [name, { place, path }] of inside) {
			if (KEYS[key].includes(name)) continue;
			const owner = Object.keys(KEYS).find((other) => KEYS[other].includes(name));
			const advice = owner ? `; it is one of action-${owner}.` : guess(name, KEYS[key]);
			throw invalid(`${place}: action-${key} has no input "${name}" (${path})${advice}`);
		}
		if (key === action) section = inside;
	} else if (mine.includes(key)) taken.set(key, setting);
	else if (!Object.values(KEYS).some((keys) => keys.includes(key))) {
		const among = [
			...new Set(Object.values(KEYS).flat()),
			...ACTIONS,
			"environments"
		];
		throw invalid(`${setting.place}: no action has an input "${key}" (${setting.path})${guess(key, among)}`);
	}
	return new Map([...taken, ...section]);
}
/**
* `seatrial.yml` or `.github/seatrial.yml` of the workspace; an input wins over what this answers.
* @throws CONFIG_INVALID, CONFIG_SECRET, with file, line, column and key
*/
async function readConfig(request) {
	const { given, env, secrets, warn } = request;
	const root = env.GITHUB_WORKSPACE || process.cwd();
	const name = ["seatrial.yml", ".github/seatrial.yml"].find((file) => existsSync(join(root, file)));
	if (!name) return {
		values: {},
		places: {}
	};
	const file = new ConfigFile(name, readFileSync(join(root, name), "utf8"), await import("./dist-WLWw5Or4.js").then((m) => /* @__PURE__ */ __toESM(m.default, 1)));
	if (file.value(file.root) === null) return {
		values: {},
		places: {}
	};
	const top = file.level(file.root, "", name);
	const environments = top.get("environments");
	top.delete("environments");
	const sections = environments ? file.level(environments.node, environments.path, environments.place) : /* @__PURE__ */ new Map();
	const environment = environmentOf(given);
	const settings = settingsOf(file, top, request);
	for (const [section, { node, path, place }] of sections) {
		const own = settingsOf(file, file.level(node, path, place), request);
		if (section === environment) for (const [key, setting] of own) settings.set(key, setting);
	}
	const places = new Map([...sections].map(([section, { place }]) => [section, place]));
	if (warn) for (const line of neverRead(places, environment, root, env)) warn(line);
	const config = {
		values: {},
		places: {}
	};
	for (const [key, { node, place, path }] of settings) {
		if (secrets.includes(key)) throw new SeatrialError("CONFIG_SECRET", `${place}: seatrial.yml holds the secret "${path}"; remove it, revoke it, and pass it as an input.`);
		const text = asInput(file.value(node));
		if (text === void 0) throw invalid(`${place}: ${path} has no value; remove the line or give it one.`);
		config.values[key] = text;
		config.places[key] = place;
	}
	return config;
}
// src/lib/kubernetes/secrets-in.ts
/** Keys of a kubeconfig whose value is to be seen by nobody; of an exec plugin's variables any may be one. */
const SECRET = /["']?\b(?:token|password|client-key-data|id-token|refresh-token|access-token|client-secret|value)["']?\s*:\s*["']?([^\s"',}\]]{6,})/g;
/** The credentials in a kubeconfig's text. Its other lines stand in many a log, and hidden they would cut it to pieces. */
const credentialsIn = (kubeconfig) => [...new Set([...kubeconfig.matchAll(SECRET)].map(([, value]) => value))];
// src/lib/names.ts
/**
* Masks a secret, unless it is part of a name that outputs and logs must tell (the app, its image): cut out of those,
* it would break what reads them and show the secret by its gap. Then a warning says what to mend. `what` names the
* secret, never its value.
*/
function maskUnlessName(actions, names, what, value) {
	const name = value.length >= 3 ? names.find((one) => one.includes(value)) : void 0;
	if (name === void 0) actions.mask(value);
	else actions.warning(`The value of ${what} is also part of the name "${name}", so it can't be hidden in logs and outputs; choose another secret.`);
}
// src/lib/inputs.ts
const metaOf = (schema) => schema.meta();
/** `INPUT_*` of the environment by kebab-case name; empty means "not given". `INPUT_HEALTH_PATH` is taken as well. */
function rawInputs(env) {
	const given = /* @__PURE__ */ new Map();
	for (const [key, value] of Object.entries(env)) {
		if (!key.startsWith("INPUT_") || value === void 0 || value.trim() === "") continue;
		given.set(key.slice(6).toLowerCase().replaceAll("_", "-"), value);
	}
	return given;
}
/** Inputs whose values are names that outputs are made of. */
const NAMES = [
	"app",
	"environment",
	"service",
	"image"
];
/**
* Values a secret input hides: the whole, and for `NAME=value` lines each value. A line may also be one of a value of
* several, where a `=` is part of it and the last quote is not.
*/
function secretsIn(meta, value) {
	if (meta.hides === "credentials") {
		const found = credentialsIn(value);
		if (found.length || /\n/.test(value.trim())) return found;
	}
	if (meta.kind !== "lines") return [value];
	return value.split(/\r?\n/).flatMap((line) => [line, line.slice(line.indexOf("=") + 1)]).flatMap((line) => [line.trim(), line.trim().replace(/^"|"$/g, "")]).filter(Boolean);
}
/**
* Values that a workflow of ours would like where neither the caller nor seatrial.yml says anything: an input would win
* over the file. JSON in SEATRIAL_DEFAULTS.
*/
function weakDefaults(known, env) {
	const values = JSON.parse(env.SEATRIAL_DEFAULTS || "{}");
	const stranger = Object.keys(values).find((name) => !known.includes(name));
	if (stranger) throw new SeatrialError("INPUT_UNKNOWN", `SEATRIAL_DEFAULTS: there is no input "${stranger}".`);
	return values;
}
/**
* Reads, masks and checks an action's inputs before anything is touched: unknown names, wrong units and
* contradictions (the schema's own refinements) are one INPUT_* error. `seatrial.yml` fills what was not given.
*/
async function loadInputs(action, schema, actions) {
	const given = rawInputs(actions.env);
	const known = Object.keys(schema.shape);
	const names = NAMES.flatMap((name) => given.get(name) ?? []);
	for (const name of known) {
		const value = given.get(name);
		const meta = metaOf(schema.shape[name]);
		if (value && meta.secret) for (const hidden of secretsIn(meta, value)) maskUnlessName(actions, names, name, hidden);
	}
	for (const name of given.keys()) {
		if (known.includes(name)) continue;
		const guess = nearest(name, known);
		throw new SeatrialError("INPUT_UNKNOWN", `action-${action} has no input "${name}"${guess ? `; did you mean "${guess}"?` : "."} See action-${action}/README.md.`);
	}
	const secrets = known.filter((name) => metaOf(schema.shape[name]).secret);
	const { env, warning: warn } = actions;
	const config = await readConfig({
		action,
		mine: known,
		secrets,
		given,
		env,
		warn
	});
	const values = {
		...weakDefaults(known, env),
		...config.values,
		...Object.fromEntries(given)
	};
	const result = schema.safeParse(values);
	if (result.success) return result.data;
	const issue = result.error.issues[0];
	const name = issue.path.join(".");
	const place = given.has(name) ? void 0 : config.places[name];
	if (place) throw new SeatrialError("CONFIG_INVALID", `${place}: ${name}: ${issue.message}`);
	if (name in values || !issue.path.length || issue.code === "custom") throw new SeatrialError("INPUT_INVALID", `${name ? `${name}: ` : ""}${issue.message}`);
	throw new SeatrialError("INPUT_MISSING", `${name} is needed: ${metaOf(schema.shape[name]).description}`);
}
// src/build/disk.ts
const FULL = /no space left on device|\bENOSPC\b|disk quota exceeded|\bEDQUOT\b|not enough (disk )?space|disk is full/i;
/** Failures that may have a full disk behind them; what a gate or a registry refused has not. */
const MAY_HIDE_IT = [
	"BUILD_FAILED",
	"SCAN_FAILED",
	"PUSH_FAILED",
	"ENGINE_REFUSED",
	"INTERNAL"
];
/** A failure because a disk is full, as that; any other as it is. */
function asDiskFull(error) {
	const said = [error.message, ...error.cause instanceof Error ? [error.cause.message] : []].join("\n");
	if (!MAY_HIDE_IT.includes(error.code) || !FULL.test(said)) return error;
	const line = said.split("\n").find((one) => FULL.test(one)) ?? "";
	return new SeatrialError("DISK_FULL", `A disk is full (${line.trim().slice(0, 200)}); free some with docker system prune and docker buildx prune, or give the machine a larger one, then run again.`, { cause: error });
}
// src/build/facts.ts
const emptyFacts = () => ({
	repository: "",
	tags: [],
	version: "",
	lint: [],
	lintRan: false,
	inEngine: false,
	platforms: [],
	pushed: [],
	files: {},
	times: []
});
/** `vulnerabilities` output: at most 1 MB may leave a step, so of a very long list the worst are named. */
const LISTED = 500;
function vulnerabilities({ scan }) {
	if (!scan) return "";
	const { counts, fixable, blocking, waived } = scan.verdict;
	return {
		counts,
		fixable,
		blocking: blocking.slice(0, LISTED).map(({ layers, ...found }) => {
			const from = layers.map((id) => scan.layers.get(id)?.by).find((by) => by);
			return {
				...found,
				...from ? { from } : {}
			};
		}),
		blockingTotal: blocking.length,
		waived: {
			...waived,
			ignored: scan.suppressed
		},
		...scan.db ? { db: scan.db } : {}
	};
}
/** The outputs of README, by name. What isn't known is empty. */
function outputsOf(facts, push) {
	const passed = facts.blocked === false;
	return {
		image: facts.digest ? `${facts.repository}@${facts.digest}` : !push && passed && facts.inEngine && facts.imageId ? facts.imageId : "",
		digest: facts.digest ?? "",
		index: facts.digest && facts.index ? `${facts.repository}@${facts.index}` : "",
		tags: facts.tags.filter((tag) => facts.pushed.includes(tag)).join("\n"),
		version: facts.version,
		size: facts.size ?? "",
		vulnerabilities: vulnerabilities(facts),
		blocked: facts.blocked ?? "",
		report: facts.files.report ?? "",
		sarif: facts.files.sarif ?? "",
		sbom: facts.files.sbom ?? "",
		lint: facts.lintRan ? facts.lint.map(({ rule, severity, file, line, why, mend }) => ({
			rule,
			severity,
			file,
			line,
			why,
			mend
		})) : ""
	};
}
// src/lib/fields.ts
/** A parser of units throws SeatrialError; zod wants an issue at the input's own name. */
function parsed(parse) {
	return (text, context) => {
		try {
			return parse(text);
		} catch (error) {
			context.addIssue({
				code: "custom",
				message: error instanceof SeatrialError ? error.message : String(error)
			});
			return NEVER;
		}
	};
}
function field(kind, description, options, parse) {
	const meta = {
		description,
		kind,
		...options
	};
	return string().transform(parsed(parse)).meta(meta);
}
/** The schema of an input that may be left out, so that its type is `T | undefined`. */
const optional = (kind, description, options, parse) => string().transform(parsed(parse)).optional().meta({
	description,
	kind,
	...options
});
const withDefault = (kind, description, options, parse) => string().default(options.default ?? "").transform(parsed(parse)).meta({
	description,
	kind,
	...options
});
const verbatim = (text) => text;
const boolean = (text) => {
	const value = text.trim().toLowerCase();
	if (value === "true" || value === "false") return value === "true";
	throw new SeatrialError("INPUT_INVALID", `"${text}" is not a boolean; write true or false.`);
};
const oneOf = (values) => (text) => {
	if (values.includes(text.trim())) return text.trim();
	throw new SeatrialError("INPUT_INVALID", `"${text}" is not known; choose one of ${values.join(", ")}.`);
};
const text = (description, options = {}) => optional("text", description, options, verbatim);
const textOr = (fallback, description, options = {}) => withDefault("text", description, {
	...options,
	default: fallback
}, verbatim);
const secret = (description) => optional("text", description, { secret: true }, verbatim);
const lines = (description, options = {}) => withDefault("lines", description, options, parseLines);
/** Lines that the wing itself reads: their text as it came, undefined when not given. */
const rawLines = (description, options = {}) => optional("lines", description, options, verbatim);
const requiredLines = (description, options = {}) => field("lines", description, {
	...options,
	required: true
}, verbatim);
/** A list with a grammar of its own. */
const list = (description, parse, options = {}) => withDefault("lines", description, options, parse);
const size = (description) => optional("size", description, {}, parseSize);
const choice = (values, fallback, description) => withDefault("choice", description, {
	default: fallback,
	values
}, oneOf(values));
const bool = (fallback, description) => withDefault("boolean", description, { default: String(fallback) }, boolean);
// src/build/inputs.ts
const schema = object({
	image: requiredLines("Repository to build for, without a tag: `ghcr.io/acme/shop`; several, one a line, get the same image. Capitals become small."),
	context: textOr(".", "Folder with what the Dockerfile copies, from the workspace. A Git URL is refused: check it out."),
	file: text("The Dockerfile, from the workspace; when not given, `Dockerfile` in the context."),
	target: text("Stage of the Dockerfile to build; when not given, the last."),
	platforms: list("Platforms such as `linux/amd64`, one a line or with commas; when not given, the builder’s own.", parsePlatforms),
	"build-args": list("`NAME=value`, one a line. They stay readable in the image: no secrets here.", parseBuildArgs),
	"build-contexts": list("Further contexts, `name=folder` or `name=docker-image://…`, one a line.", parsePairs),
	secrets: list("Build secrets for `RUN --mount=type=secret,id=…`, `id=value`, one a line; a value of several lines in quotes: `\"id=line⏎line\"`.", parseSecrets, { secret: true }),
	"secret-files": list("Build secrets that are files, `id=path`, one a line.", parseSecretSources),
	"secret-envs": list("Build secrets that are variables of the step, `id=VARIABLE`, one a line.", parseSecretSources),
	ssh: list("SSH agent or keys for `RUN --mount=type=ssh`: `default`, or `id=path`, one a line.", listOfLines),
	"no-cache": bool(false, "Build every step anew."),
	"no-cache-filters": list("Stages to build anew, one a line or with commas.", listOfItems),
	pull: bool(false, "Ask for newer base images even where the builder has them."),
	network: text("Network of `RUN`: `default`, `none` or `host`."),
	"add-hosts": list("Hosts for `RUN`, `name:address`, one a line.", listOfItems),
	"shm-size": size("Size of `/dev/shm` for `RUN`."),
	ulimit: list("Limits for `RUN`, `nofile=1024:2048`, one a line.", listOfLines),
	builder: text("Name of the buildx builder; when not given, the current one."),
	labels: list("Labels of the image, `name=value`, one a line, with `{{…}}` as in tags; `org.opencontainers.image.*` are set from git.", parsePairs),
	annotations: list("Annotations of the manifest, `name=value` or `index:name=value`, one a line.", parsePairs),
	attests: list("Attestations beside the image: `type=provenance,mode=min` or `mode=max`, `type=sbom` (of the scan), one a line.", parseAttests),
	tags: rawLines("Tags, one a line; `auto` stands for those from git: commit, branch, semantic version, pull request; and metadata-action’s lines (`type=semver,pattern={{version}}` …). `latest` alone is refused.", { default: "auto" }),
	flavor: rawLines("What holds for all tags, as in metadata-action: `latest=auto`, `prefix=`, `suffix=`, one a line."),
	push: bool(true, "Push what passed the gate; `false` leaves the image in the engine."),
	cache: choice([
		"auto",
		"gha",
		"registry",
		"local",
		"none"
	], "auto", "Where layers are kept between runs; what the builder can’t do is said, and done without."),
	registry: text("Registry to log in to; when not given, the one the first `image` begins with."),
	username: text("User of the registry; without one Docker’s own login counts, and on ghcr.io the job’s token."),
	password: secret("Password or token of the registry."),
	scan: bool(true, "Scan with Trivy before anything is pushed; `false` pushes unscanned, and says so."),
	severity: lines("Severities the gate refuses, of UNKNOWN, LOW, MEDIUM, HIGH, CRITICAL.", { default: "HIGH,CRITICAL" }),
	"ignore-unfixed": bool(false, "Let pass what no version fixes yet; it is still counted."),
	"ignore-file": text("Trivy’s ignore file (`.trivyignore` or YAML); when not given, `.trivyignore.yaml` or `.trivyignore` of the workspace, if there."),
	vex: text("A VEX document (OpenVEX or CSAF) that says what does not affect this image."),
	scanners: lines("What to look for: `vuln`, `secret`, `misconfig`, `license`.", { default: "vuln,secret" }),
	"skip-dirs": lines("Folders of the image Trivy does not look into, one a line; the summary names them."),
	"skip-files": lines("Files of the image Trivy does not look at, one a line; the summary names them."),
	"scan-baseline": text("An image, the JSON report of an earlier scan, or `deployed`; only what this image adds to its findings is refused."),
	"baseline-environment": textOr("production", "Environment that `scan-baseline: deployed` means."),
	"trivy-version": text("Version of Trivy; its archive must match a pinned SHA-256. With trivy-path it is what that one must be.", { default: DEFAULT_TRIVY }),
	"trivy-path": text("A Trivy of your own; then nothing is downloaded."),
	"trivy-db-repository": lines("Repositories of the vulnerability database, first answer wins, one a line; when not given, Trivy’s own."),
	sbom: choice([
		"cyclonedx",
		"spdx",
		"none"
	], "cyclonedx", "Format of the bill of materials."),
	lint: choice([
		"error",
		"warn",
		"off"
	], "warn", "What a finding in the Dockerfile or the context does."),
	"max-size": size("Largest size of the image that may be pushed."),
	comment: bool(false, "Keep one comment with the result on the pull request; needs `pull-requests: write`."),
	"upload-sarif": bool(false, "Hand SARIF to code scanning with `github-token`; needs `security-events: write`. A refusal is a warning."),
	"github-token": text("Token for the comment, the upload of SARIF, `scan-baseline: deployed`, and ghcr.io where no login is given.", {
		secret: true,
		runnerDefault: "${{ github.token }}"
	}),
	"report-dir": text("Folder for the reports, outside the context; when not given, one in the runner’s temp.")
}).superRefine(checkInputs);
// src/build/main.ts
await run(async (actions) => {
	const inputs = await loadInputs("build", schema, actions);
	const [{ buildImage }, { publish }, { openWorkspace }] = await Promise.all([
		import("./flow-BA1TkRKA.js"),
		import("./publish-C--AXfCP.js"),
		import("./workspace-brhnDO4i.js")
	]);
	const facts = emptyFacts();
	const work = openWorkspace(actions.env, inputs.context, inputs["report-dir"]);
	try {
		await buildImage(inputs, actions, work, facts);
		await publish(inputs, actions, facts, outputsOf(facts, inputs.push));
	} catch (error) {
		const told = asDiskFull(asSeatrialError(error));
		await publish(inputs, actions, facts, outputsOf(facts, inputs.push), told);
		throw told;
	} finally {
		work.remove();
	}
});
export {};
