#!/usr/bin/env node
import { a as SeatrialError, i as deployCommands, n as WINGS, o as asSeatrialError, r as actions, t as VERSION } from "./catalog-CN5retFV.js";
import { i as runWing, r as runShip } from "./run-BPdIE48T.js";
// src/lib/nearest.ts
/** Levenshtein's distance: how many letters to add, drop or change. */
function distance(a, b) {
	let row = Array.from({ length: b.length + 1 }, (_, i) => i);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
		row = next;
	}
	return row[b.length];
}
/** The known name closest to a mistyped one, if one is at most three letters away. */
function nearest(name, known) {
	const ranked = known.map((k) => ({
		k,
		d: distance(name, k)
	})).sort((x, y) => x.d - y.d);
	return ranked[0] && ranked[0].d <= 3 ? ranked[0].k : void 0;
}
// src/cli/words.ts
const COMMANDS = [
	...WINGS,
	...deployCommands,
	"ship",
	"init",
	"doctor",
	"help",
	"version"
];
/** Options of the commands that are no action. */
const OWN = {
	ship: {
		"on-inconclusive": "promote (usual) or rollback: what an inconclusive verdict leads to",
		"baseline-duration": "how long the old release is measured; the duration of the verdict when left out"
	},
	init: {
		ci: "github, gitlab, jenkins or gitee; told from the files that are there when left out",
		app: "name of the app",
		image: "repository of the image, without a tag",
		hosts: "Docker hosts, one a line or with commas",
		port: "port in the container",
		publish: "port on the host",
		"health-path": "path that answers when the app is well",
		locale: "zh-CN or en",
		folder: "repository to look at; here when left out",
		yes: "ask nothing"
	}
};
/** The inputs a command takes; `ship` takes those of all four, `doctor` what reaches the hosts and the channels. */
function known(what) {
	const { build, deploy, verify, notify } = actions;
	if (what === "ship") return {
		...notify.inputs,
		...verify.inputs,
		...build.inputs,
		...deploy.inputs
	};
	if (what === "doctor") return {
		...notify.inputs,
		...deploy.inputs
	};
	return actions[what]?.inputs ?? {};
}
const unknownFlag = (flag, names) => {
	const guess = nearest(flag, names);
	return new SeatrialError("INPUT_UNKNOWN", `There is no flag --${flag}${guess ? `; did you mean --${guess}?` : "."} See seatrial help.`);
};
/** A secret on a command line stands in the list of processes and in the shell's history. */
const secretArgument = (name) => new SeatrialError("INPUT_INVALID", `--${name} would put a secret on the command line: set SEATRIAL_${name.replaceAll("-", "_").toUpperCase()}, or give --${name}-file PATH.`);
function command(word) {
	if (word === void 0) return {
		what: "help",
		inputs: []
	};
	if (deployCommands.includes(word)) return {
		what: "deploy",
		inputs: [["command", word]]
	};
	if (COMMANDS.includes(word)) return {
		what: word,
		inputs: []
	};
	const guess = nearest(word, COMMANDS);
	throw new SeatrialError("INPUT_UNKNOWN", `There is no command "${word}"${guess ? `; did you mean "${guess}"?` : "."} See seatrial help.`);
}
/** Reads `build --image … --tags a --tags b --push`. Errors: INPUT_UNKNOWN, INPUT_INVALID. Pure. */
function readWords(words) {
	if (["--version", "-v"].includes(words[0] ?? "")) return readWords(["version"]);
	if (["--help", "-h"].includes(words[0] ?? "")) return readWords(["help", ...words.slice(1)]);
	const { what, inputs } = command(words[0]);
	const asked = {
		what,
		inputs: new Map(inputs),
		files: /* @__PURE__ */ new Map(),
		options: /* @__PURE__ */ new Map(),
		json: false,
		help: what === "help"
	};
	const left = [...words.slice(1)];
	const switched = words[0];
	if (what === "deploy" && deployCommands.includes(switched) && actions.deploy.inputs[switched] && /^[^-]/.test(left[0] ?? "")) asked.inputs.set(switched, left.shift());
	if (what === "help") {
		if (left[0] && !left[0].startsWith("-")) return {
			...readWords([left[0]]),
			help: true
		};
		return asked;
	}
	const mine = known(what);
	const own = OWN[what] ?? {};
	const names = [
		...Object.keys(own),
		...Object.entries(mine).map(([name, { secret }]) => secret ? `${name}-file` : name),
		"json",
		"help"
	];
	while (left.length) {
		const word = left.shift();
		if (word === "-h") {
			asked.help = true;
			continue;
		}
		if (!word.startsWith("--") || word === "--") throw stray(word, asked, mine);
		const at = word.indexOf("=");
		const flag = at < 0 ? word.slice(2) : word.slice(2, at);
		const glued = at < 0 ? void 0 : word.slice(at + 1);
		if (flag === "json" || flag === "help") {
			if (glued !== void 0) throw new SeatrialError("INPUT_INVALID", `--${flag} takes no value.`);
			asked[flag] = true;
			continue;
		}
		const kind = own[flag] === void 0 ? mine[flag]?.kind : flag === "yes" ? "boolean" : "text";
		const taken = (name) => glued ?? value(name, kind, left);
		if (own[flag] !== void 0) asked.options.set(flag, taken(flag));
		else if (mine[flag]?.secret) throw secretArgument(flag);
		else if (mine[flag]) add(asked.inputs, flag, taken(flag), kind === "lines");
		else if (flag.startsWith("no-") && mine[flag.slice(3)]?.kind === "boolean" && glued === void 0) add(asked.inputs, flag.slice(3), "false", false);
		else if (flag.endsWith("-file") && mine[flag.slice(0, -5)]?.secret) add(asked.files, flag.slice(0, -5), taken(flag), false);
		else throw unknownFlag(flag, names);
	}
	return asked;
}
/** A word that belongs to no flag: `seatrial maintenance on`, and nothing else. */
function stray(word, asked, mine) {
	const hint = asked.inputs.size && mine[word] ? ` Did you mean --${word}?` : " Inputs are flags: --app shop. A value with blanks goes in quotes.";
	return new SeatrialError("INPUT_UNKNOWN", `"${word}" belongs to no flag.${hint}`);
}
function value(flag, kind, left) {
	const next = left[0];
	if (kind === "boolean") return next === "true" || next === "false" ? left.shift() : "true";
	if (next === void 0 || /^--[a-z]/.test(next)) throw new SeatrialError("INPUT_INVALID", `--${flag} needs a value: --${flag} VALUE.`);
	return left.shift();
}
function add(to, name, text, many) {
	const before = to.get(name);
	if (before !== void 0 && !many) throw new SeatrialError("INPUT_INVALID", `--${name} is given twice.`);
	to.set(name, before === void 0 ? text : `${before}\n${text}`);
}
// src/cli/help.ts
const MANUAL = "https://github.com/seatrial/seatrial";
const pad = (rows) => {
	const width = Math.min(30, Math.max(...rows.map(([name]) => name.length)));
	return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
};
function general(version) {
	return [
		`seatrial ${version}: build, deploy, verify and notify, as the actions of those names do`,
		"",
		"Usage: seatrial COMMAND [--input VALUE …] [--json]",
		"",
		...pad([
			...WINGS.map((wing) => [wing, actions[wing].description]),
			[deployCommands.join(", "), "short for deploy --command …"],
			["init", "Write a caller's workflow and seatrial.yml for this repository."],
			["doctor", "Say whether the first deploy can work, and what to mend."],
			["help COMMAND", "The inputs of a command."],
			["version", "The version of this command."]
		]),
		"",
		"Inputs are flags, or stand in seatrial.yml; a list takes its flag several times. A secret is never a flag: it comes",
		"as SEATRIAL_SSH_KEY (its name in capitals) or by --ssh-key-file PATH. --json prints the outputs as one JSON object on",
		`stdout, and progress on stderr. Manuals: ${MANUAL}`
	];
}
function ofWing(wing) {
	const { description, inputs, outputs } = actions[wing];
	const rows = Object.entries(inputs).map(([name, known]) => {
		const flag = known.secret ? `--${name}-file PATH` : known.kind === "boolean" ? `--${name}` : `--${name} ${known.kind.toUpperCase()}`;
		const extra = [
			known.required ? "required" : "",
			known.values ? known.values.join(" | ") : "",
			known.default ? `default ${known.default.replaceAll("\n", " ")}` : ""
		].filter(Boolean);
		return [flag, `${known.description}${extra.length ? ` [${extra.join("; ")}]` : ""}`];
	});
	return [
		`seatrial ${wing}: ${description}`,
		"",
		...pad(rows),
		"",
		`Outputs (--json): ${Object.keys(outputs).join(", ")}`,
		`Manual: ${MANUAL}/tree/main/action-${wing}`
	];
}
/** The pages of help, as lines. */
function help(what, version) {
	if (WINGS.includes(what)) return ofWing(what);
	if (what === "doctor") return [
		"seatrial doctor: says, before the first deploy, whether it can work; every line with its cure.",
		"",
		"It takes the inputs of seatrial deploy, and asks every channel of notify that has its secrets set. Nothing is changed."
	];
	const own = OWN[what];
	if (!own) return general(version);
	return [
		`seatrial ${what}:`,
		"",
		...pad(Object.entries(own).map(([name, text]) => [`--${name}`, text]))
	];
}
// src/cli/terminal.ts
/** The terminal this process writes to. */
const ourTerminal = {
	out: (line) => process.stdout.write(`${line}\n`),
	err: (line) => process.stderr.write(`${line}\n`)
};
// src/cli/main.ts
async function act(asked) {
	const { what } = asked;
	if (what === "version" || what === "help" || asked.help) {
		for (const line of what === "version" ? [VERSION] : help(what, VERSION)) ourTerminal.out(line);
		return 0;
	}
	if (what === "ship") return runShip(asked, process.env, ourTerminal);
	if (what === "init") return (await import("./init-D1MQreSY.js")).init(asked, ourTerminal);
	if (what === "doctor") return (await import("./doctor-D1BlA_GJ.js")).doctor(asked, process.env, ourTerminal);
	return runWing(what, asked, process.env, ourTerminal);
}
const words = process.argv.slice(2);
try {
	process.exitCode = await act(readWords(words));
} catch (thrown) {
	const { code, message } = asSeatrialError(thrown);
	ourTerminal.err(`error: ${code}: ${message}`);
	if (words.includes("--json")) ourTerminal.out(JSON.stringify({ "error-code": code }));
	process.exitCode = 1;
}
export {};
