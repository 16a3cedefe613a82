import { n as __require, r as __toESM, t as __commonJSMin } from "./rolldown-runtime-DegdyBIC.js";
import { t as require_undici } from "./undici-rjyYJeIT.js";
import "./exec-C4LQe4u0.js";
import { n as asSeatrialError, r as causes, t as SeatrialError } from "./errors-D8zSJkLX.js";
import { t as redact } from "./redact-Dd_sp_6J.js";
import { n as failOn, r as schema } from "./inputs-C-oNTsjM.js";
import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import * as os$1 from "os";
import os, { EOL } from "os";
import * as crypto from "crypto";
import * as fs from "fs";
import { constants, promises } from "fs";
import { join } from "node:path";
// node_modules/@actions/core/lib/utils.js
/**
* Sanitizes an input into a string so it can be passed into issueCommand safely
* @param input input to sanitize into a string
*/
function toCommandValue(input) {
	if (input === null || input === void 0) return "";
	else if (typeof input === "string" || input instanceof String) return input;
	return JSON.stringify(input);
}
/**
*
* @param annotationProperties
* @returns The command properties to send with the actual annotation command
* See IssueCommandProperties: https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs#L646
*/
function toCommandProperties(annotationProperties) {
	if (!Object.keys(annotationProperties).length) return {};
	return {
		title: annotationProperties.title,
		file: annotationProperties.file,
		line: annotationProperties.startLine,
		endLine: annotationProperties.endLine,
		col: annotationProperties.startColumn,
		endColumn: annotationProperties.endColumn
	};
}
// node_modules/@actions/core/lib/command.js
/**
* Issues a command to the GitHub Actions runner
*
* @param command - The command name to issue
* @param properties - Additional properties for the command (key-value pairs)
* @param message - The message to include with the command
* @remarks
* This function outputs a specially formatted string to stdout that the Actions
* runner interprets as a command. These commands can control workflow behavior,
* set outputs, create annotations, mask values, and more.
*
* Command Format:
*   ::name key=value,key=value::message
*
* @example
* ```typescript
* // Issue a warning annotation
* issueCommand('warning', {}, 'This is a warning message');
* // Output: ::warning::This is a warning message
*
* // Set an environment variable
* issueCommand('set-env', { name: 'MY_VAR' }, 'some value');
* // Output: ::set-env name=MY_VAR::some value
*
* // Add a secret mask
* issueCommand('add-mask', {}, 'secretValue123');
* // Output: ::add-mask::secretValue123
* ```
*
* @internal
* This is an internal utility function that powers the public API functions
* such as setSecret, warning, error, and exportVariable.
*/
function issueCommand(command, properties, message) {
	const cmd = new Command(command, properties, message);
	process.stdout.write(cmd.toString() + os$1.EOL);
}
function issue(name, message = "") {
	issueCommand(name, {}, message);
}
const CMD_STRING = "::";
var Command = class {
	constructor(command, properties, message) {
		if (!command) command = "missing.command";
		this.command = command;
		this.properties = properties;
		this.message = message;
	}
	toString() {
		let cmdStr = CMD_STRING + this.command;
		if (this.properties && Object.keys(this.properties).length > 0) {
			cmdStr += " ";
			let first = true;
			for (const key in this.properties) if (this.properties.hasOwnProperty(key)) {
				const val = this.properties[key];
				if (val) {
					if (first) first = false;
					else cmdStr += ",";
					cmdStr += `${key}=${escapeProperty(val)}`;
				}
			}
		}
		cmdStr += `${CMD_STRING}${escapeData(this.message)}`;
		return cmdStr;
	}
};
function escapeData(s) {
	return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}
function escapeProperty(s) {
	return toCommandValue(s).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A").replace(/:/g, "%3A").replace(/,/g, "%2C");
}
// node_modules/@actions/core/lib/file-command.js
function issueFileCommand(command, message) {
	const filePath = process.env[`GITHUB_${command}`];
	if (!filePath) throw new Error(`Unable to find environment variable for file command ${command}`);
	if (!fs.existsSync(filePath)) throw new Error(`Missing file at path: ${filePath}`);
	fs.appendFileSync(filePath, `${toCommandValue(message)}${os$1.EOL}`, { encoding: "utf8" });
}
function prepareKeyValueMessage(key, value) {
	const delimiter = `ghadelimiter_${crypto.randomUUID()}`;
	const convertedValue = toCommandValue(value);
	if (key.includes(delimiter)) throw new Error(`Unexpected input: name should not contain the delimiter "${delimiter}"`);
	if (convertedValue.includes(delimiter)) throw new Error(`Unexpected input: value should not contain the delimiter "${delimiter}"`);
	return `${key}<<${delimiter}${os$1.EOL}${convertedValue}${os$1.EOL}${delimiter}`;
}
// node_modules/tunnel/lib/tunnel.js
var require_tunnel$1 = /* @__PURE__ */ __commonJSMin(((exports) => {
	__require("net");
	__require("tls");
	var http = __require("http");
	__require("https");
	var events = __require("events");
	__require("assert");
	var util = __require("util");
	function TunnelingAgent(options) {
		var self = this;
		self.options = options || {};
		self.proxyOptions = self.options.proxy || {};
		self.maxSockets = self.options.maxSockets || http.Agent.defaultMaxSockets;
		self.requests = [];
		self.sockets = [];
		self.on("free", function onFree(socket, host, port, localAddress) {
			var options = toOptions(host, port, localAddress);
			for (var i = 0, len = self.requests.length; i < len; ++i) {
				var pending = self.requests[i];
				if (pending.host === options.host && pending.port === options.port) {
					self.requests.splice(i, 1);
					pending.request.onSocket(socket);
					return;
				}
			}
			socket.destroy();
			self.removeSocket(socket);
		});
	}
	util.inherits(TunnelingAgent, events.EventEmitter);
	TunnelingAgent.prototype.addRequest = function addRequest(req, host, port, localAddress) {
		var self = this;
		var options = mergeOptions({ request: req }, self.options, toOptions(host, port, localAddress));
		if (self.sockets.length >= this.maxSockets) {
			self.requests.push(options);
			return;
		}
		self.createSocket(options, function(socket) {
			socket.on("free", onFree);
			socket.on("close", onCloseOrRemove);
			socket.on("agentRemove", onCloseOrRemove);
			req.onSocket(socket);
			function onFree() {
				self.emit("free", socket, options);
			}
			function onCloseOrRemove(err) {
				self.removeSocket(socket);
				socket.removeListener("free", onFree);
				socket.removeListener("close", onCloseOrRemove);
				socket.removeListener("agentRemove", onCloseOrRemove);
			}
		});
	};
	TunnelingAgent.prototype.createSocket = function createSocket(options, cb) {
		var self = this;
		var placeholder = {};
		self.sockets.push(placeholder);
		var connectOptions = mergeOptions({}, self.proxyOptions, {
			method: "CONNECT",
			path: options.host + ":" + options.port,
			agent: false,
			headers: { host: options.host + ":" + options.port }
		});
		if (options.localAddress) connectOptions.localAddress = options.localAddress;
		if (connectOptions.proxyAuth) {
			connectOptions.headers = connectOptions.headers || {};
			connectOptions.headers["Proxy-Authorization"] = "Basic " + new Buffer(connectOptions.proxyAuth).toString("base64");
		}
		debug("making CONNECT request");
		var connectReq = self.request(connectOptions);
		connectReq.useChunkedEncodingByDefault = false;
		connectReq.once("response", onResponse);
		connectReq.once("upgrade", onUpgrade);
		connectReq.once("connect", onConnect);
		connectReq.once("error", onError);
		connectReq.end();
		function onResponse(res) {
			res.upgrade = true;
		}
		function onUpgrade(res, socket, head) {
			process.nextTick(function() {
				onConnect(res, socket, head);
			});
		}
		function onConnect(res, socket, head) {
			connectReq.removeAllListeners();
			socket.removeAllListeners();
			if (res.statusCode !== 200) {
				debug("tunneling socket could not be established, statusCode=%d", res.statusCode);
				socket.destroy();
				var error = /* @__PURE__ */ new Error("tunneling socket could not be established, statusCode=" + res.statusCode);
				error.code = "ECONNRESET";
				options.request.emit("error", error);
				self.removeSocket(placeholder);
				return;
			}
			if (head.length > 0) {
				debug("got illegal response body from proxy");
				socket.destroy();
				var error = /* @__PURE__ */ new Error("got illegal response body from proxy");
				error.code = "ECONNRESET";
				options.request.emit("error", error);
				self.removeSocket(placeholder);
				return;
			}
			debug("tunneling connection has established");
			self.sockets[self.sockets.indexOf(placeholder)] = socket;
			return cb(socket);
		}
		function onError(cause) {
			connectReq.removeAllListeners();
			debug("tunneling socket could not be established, cause=%s\n", cause.message, cause.stack);
			var error = /* @__PURE__ */ new Error("tunneling socket could not be established, cause=" + cause.message);
			error.code = "ECONNRESET";
			options.request.emit("error", error);
			self.removeSocket(placeholder);
		}
	};
	TunnelingAgent.prototype.removeSocket = function removeSocket(socket) {
		var pos = this.sockets.indexOf(socket);
		if (pos === -1) return;
		this.sockets.splice(pos, 1);
		var pending = this.requests.shift();
		if (pending) this.createSocket(pending, function(socket) {
			pending.request.onSocket(socket);
		});
	};
	function toOptions(host, port, localAddress) {
		if (typeof host === "string") return {
			host,
			port,
			localAddress
		};
		return host;
	}
	function mergeOptions(target) {
		for (var i = 1, len = arguments.length; i < len; ++i) {
			var overrides = arguments[i];
			if (typeof overrides === "object") {
				var keys = Object.keys(overrides);
				for (var j = 0, keyLen = keys.length; j < keyLen; ++j) {
					var k = keys[j];
					if (overrides[k] !== void 0) target[k] = overrides[k];
				}
			}
		}
		return target;
	}
	var debug;
	if (process.env.NODE_DEBUG && /\btunnel\b/.test(process.env.NODE_DEBUG)) debug = function() {
		var args = Array.prototype.slice.call(arguments);
		if (typeof args[0] === "string") args[0] = "TUNNEL: " + args[0];
		else args.unshift("TUNNEL:");
		console.error.apply(console, args);
	};
	else debug = function() {};
}));
(/* @__PURE__ */ __commonJSMin(((exports, module) => {
	module.exports = require_tunnel$1();
})))();
require_undici();
var HttpCodes;
(function(HttpCodes) {
	HttpCodes[HttpCodes["OK"] = 200] = "OK";
	HttpCodes[HttpCodes["MultipleChoices"] = 300] = "MultipleChoices";
	HttpCodes[HttpCodes["MovedPermanently"] = 301] = "MovedPermanently";
	HttpCodes[HttpCodes["ResourceMoved"] = 302] = "ResourceMoved";
	HttpCodes[HttpCodes["SeeOther"] = 303] = "SeeOther";
	HttpCodes[HttpCodes["NotModified"] = 304] = "NotModified";
	HttpCodes[HttpCodes["UseProxy"] = 305] = "UseProxy";
	HttpCodes[HttpCodes["SwitchProxy"] = 306] = "SwitchProxy";
	HttpCodes[HttpCodes["TemporaryRedirect"] = 307] = "TemporaryRedirect";
	HttpCodes[HttpCodes["PermanentRedirect"] = 308] = "PermanentRedirect";
	HttpCodes[HttpCodes["BadRequest"] = 400] = "BadRequest";
	HttpCodes[HttpCodes["Unauthorized"] = 401] = "Unauthorized";
	HttpCodes[HttpCodes["PaymentRequired"] = 402] = "PaymentRequired";
	HttpCodes[HttpCodes["Forbidden"] = 403] = "Forbidden";
	HttpCodes[HttpCodes["NotFound"] = 404] = "NotFound";
	HttpCodes[HttpCodes["MethodNotAllowed"] = 405] = "MethodNotAllowed";
	HttpCodes[HttpCodes["NotAcceptable"] = 406] = "NotAcceptable";
	HttpCodes[HttpCodes["ProxyAuthenticationRequired"] = 407] = "ProxyAuthenticationRequired";
	HttpCodes[HttpCodes["RequestTimeout"] = 408] = "RequestTimeout";
	HttpCodes[HttpCodes["Conflict"] = 409] = "Conflict";
	HttpCodes[HttpCodes["Gone"] = 410] = "Gone";
	HttpCodes[HttpCodes["TooManyRequests"] = 429] = "TooManyRequests";
	HttpCodes[HttpCodes["InternalServerError"] = 500] = "InternalServerError";
	HttpCodes[HttpCodes["NotImplemented"] = 501] = "NotImplemented";
	HttpCodes[HttpCodes["BadGateway"] = 502] = "BadGateway";
	HttpCodes[HttpCodes["ServiceUnavailable"] = 503] = "ServiceUnavailable";
	HttpCodes[HttpCodes["GatewayTimeout"] = 504] = "GatewayTimeout";
})(HttpCodes || (HttpCodes = {}));
var Headers;
(function(Headers) {
	Headers["Accept"] = "accept";
	Headers["ContentType"] = "content-type";
})(Headers || (Headers = {}));
var MediaTypes;
(function(MediaTypes) {
	MediaTypes["ApplicationJson"] = "application/json";
})(MediaTypes || (MediaTypes = {}));
HttpCodes.MovedPermanently, HttpCodes.ResourceMoved, HttpCodes.SeeOther, HttpCodes.TemporaryRedirect, HttpCodes.PermanentRedirect;
HttpCodes.BadGateway, HttpCodes.ServiceUnavailable, HttpCodes.GatewayTimeout;
// node_modules/@actions/core/lib/summary.js
var __awaiter$2 = function(thisArg, _arguments, P, generator) {
	function adopt(value) {
		return value instanceof P ? value : new P(function(resolve) {
			resolve(value);
		});
	}
	return new (P || (P = Promise))(function(resolve, reject) {
		function fulfilled(value) {
			try {
				step(generator.next(value));
			} catch (e) {
				reject(e);
			}
		}
		function rejected(value) {
			try {
				step(generator["throw"](value));
			} catch (e) {
				reject(e);
			}
		}
		function step(result) {
			result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected);
		}
		step((generator = generator.apply(thisArg, _arguments || [])).next());
	});
};
const { access, appendFile, writeFile } = promises;
const SUMMARY_ENV_VAR = "GITHUB_STEP_SUMMARY";
var Summary = class {
	constructor() {
		this._buffer = "";
	}
	/**
	* Finds the summary file path from the environment, rejects if env var is not found or file does not exist
	* Also checks r/w permissions.
	*
	* @returns step summary file path
	*/
	filePath() {
		return __awaiter$2(this, void 0, void 0, function* () {
			if (this._filePath) return this._filePath;
			const pathFromEnv = process.env[SUMMARY_ENV_VAR];
			if (!pathFromEnv) throw new Error(`Unable to find environment variable for $${SUMMARY_ENV_VAR}. Check if your runtime environment supports job summaries.`);
			try {
				yield access(pathFromEnv, constants.R_OK | constants.W_OK);
			} catch (_a) {
				throw new Error(`Unable to access summary file: '${pathFromEnv}'. Check if the file has correct read/write permissions.`);
			}
			this._filePath = pathFromEnv;
			return this._filePath;
		});
	}
	/**
	* Wraps content in an HTML tag, adding any HTML attributes
	*
	* @param {string} tag HTML tag to wrap
	* @param {string | null} content content within the tag
	* @param {[attribute: string]: string} attrs key-value list of HTML attributes to add
	*
	* @returns {string} content wrapped in HTML element
	*/
	wrap(tag, content, attrs = {}) {
		const htmlAttrs = Object.entries(attrs).map(([key, value]) => ` ${key}="${value}"`).join("");
		if (!content) return `<${tag}${htmlAttrs}>`;
		return `<${tag}${htmlAttrs}>${content}</${tag}>`;
	}
	/**
	* Writes text in the buffer to the summary buffer file and empties buffer. Will append by default.
	*
	* @param {SummaryWriteOptions} [options] (optional) options for write operation
	*
	* @returns {Promise<Summary>} summary instance
	*/
	write(options) {
		return __awaiter$2(this, void 0, void 0, function* () {
			const overwrite = !!(options === null || options === void 0 ? void 0 : options.overwrite);
			const filePath = yield this.filePath();
			yield (overwrite ? writeFile : appendFile)(filePath, this._buffer, { encoding: "utf8" });
			return this.emptyBuffer();
		});
	}
	/**
	* Clears the summary buffer and wipes the summary file
	*
	* @returns {Summary} summary instance
	*/
	clear() {
		return __awaiter$2(this, void 0, void 0, function* () {
			return this.emptyBuffer().write({ overwrite: true });
		});
	}
	/**
	* Returns the current summary buffer as a string
	*
	* @returns {string} string of summary buffer
	*/
	stringify() {
		return this._buffer;
	}
	/**
	* If the summary buffer is empty
	*
	* @returns {boolen} true if the buffer is empty
	*/
	isEmptyBuffer() {
		return this._buffer.length === 0;
	}
	/**
	* Resets the summary buffer without writing to summary file
	*
	* @returns {Summary} summary instance
	*/
	emptyBuffer() {
		this._buffer = "";
		return this;
	}
	/**
	* Adds raw text to the summary buffer
	*
	* @param {string} text content to add
	* @param {boolean} [addEOL=false] (optional) append an EOL to the raw text (default: false)
	*
	* @returns {Summary} summary instance
	*/
	addRaw(text, addEOL = false) {
		this._buffer += text;
		return addEOL ? this.addEOL() : this;
	}
	/**
	* Adds the operating system-specific end-of-line marker to the buffer
	*
	* @returns {Summary} summary instance
	*/
	addEOL() {
		return this.addRaw(EOL);
	}
	/**
	* Adds an HTML codeblock to the summary buffer
	*
	* @param {string} code content to render within fenced code block
	* @param {string} lang (optional) language to syntax highlight code
	*
	* @returns {Summary} summary instance
	*/
	addCodeBlock(code, lang) {
		const attrs = Object.assign({}, lang && { lang });
		const element = this.wrap("pre", this.wrap("code", code), attrs);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML list to the summary buffer
	*
	* @param {string[]} items list of items to render
	* @param {boolean} [ordered=false] (optional) if the rendered list should be ordered or not (default: false)
	*
	* @returns {Summary} summary instance
	*/
	addList(items, ordered = false) {
		const tag = ordered ? "ol" : "ul";
		const listItems = items.map((item) => this.wrap("li", item)).join("");
		const element = this.wrap(tag, listItems);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML table to the summary buffer
	*
	* @param {SummaryTableCell[]} rows table rows
	*
	* @returns {Summary} summary instance
	*/
	addTable(rows) {
		const tableBody = rows.map((row) => {
			const cells = row.map((cell) => {
				if (typeof cell === "string") return this.wrap("td", cell);
				const { header, data, colspan, rowspan } = cell;
				const tag = header ? "th" : "td";
				const attrs = Object.assign(Object.assign({}, colspan && { colspan }), rowspan && { rowspan });
				return this.wrap(tag, data, attrs);
			}).join("");
			return this.wrap("tr", cells);
		}).join("");
		const element = this.wrap("table", tableBody);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds a collapsable HTML details element to the summary buffer
	*
	* @param {string} label text for the closed state
	* @param {string} content collapsable content
	*
	* @returns {Summary} summary instance
	*/
	addDetails(label, content) {
		const element = this.wrap("details", this.wrap("summary", label) + content);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML image tag to the summary buffer
	*
	* @param {string} src path to the image you to embed
	* @param {string} alt text description of the image
	* @param {SummaryImageOptions} options (optional) addition image attributes
	*
	* @returns {Summary} summary instance
	*/
	addImage(src, alt, options) {
		const { width, height } = options || {};
		const attrs = Object.assign(Object.assign({}, width && { width }), height && { height });
		const element = this.wrap("img", null, Object.assign({
			src,
			alt
		}, attrs));
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML section heading element
	*
	* @param {string} text heading text
	* @param {number | string} [level=1] (optional) the heading level, default: 1
	*
	* @returns {Summary} summary instance
	*/
	addHeading(text, level) {
		const tag = `h${level}`;
		const allowedTag = [
			"h1",
			"h2",
			"h3",
			"h4",
			"h5",
			"h6"
		].includes(tag) ? tag : "h1";
		const element = this.wrap(allowedTag, text);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML thematic break (<hr>) to the summary buffer
	*
	* @returns {Summary} summary instance
	*/
	addSeparator() {
		const element = this.wrap("hr", null);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML line break (<br>) to the summary buffer
	*
	* @returns {Summary} summary instance
	*/
	addBreak() {
		const element = this.wrap("br", null);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML blockquote to the summary buffer
	*
	* @param {string} text quote text
	* @param {string} cite (optional) citation url
	*
	* @returns {Summary} summary instance
	*/
	addQuote(text, cite) {
		const attrs = Object.assign({}, cite && { cite });
		const element = this.wrap("blockquote", text, attrs);
		return this.addRaw(element).addEOL();
	}
	/**
	* Adds an HTML anchor tag to the summary buffer
	*
	* @param {string} text link text/content
	* @param {string} href hyperlink
	*
	* @returns {Summary} summary instance
	*/
	addLink(text, href) {
		const element = this.wrap("a", text, { href });
		return this.addRaw(element).addEOL();
	}
};
new Summary();
os.platform();
os.arch();
/**
* The code to exit an action
*/
var ExitCode;
(function(ExitCode) {
	/**
	* A code indicating that the action was successful
	*/
	ExitCode[ExitCode["Success"] = 0] = "Success";
	/**
	* A code indicating that the action was a failure
	*/
	ExitCode[ExitCode["Failure"] = 1] = "Failure";
})(ExitCode || (ExitCode = {}));
/**
* Registers a secret which will get masked from logs
*
* @param secret - Value of the secret to be masked
* @remarks
* This function instructs the Actions runner to mask the specified value in any
* logs produced during the workflow run. Once registered, the secret value will
* be replaced with asterisks (***) whenever it appears in console output, logs,
* or error messages.
*
* This is useful for protecting sensitive information such as:
* - API keys
* - Access tokens
* - Authentication credentials
* - URL parameters containing signatures (SAS tokens)
*
* Note that masking only affects future logs; any previous appearances of the
* secret in logs before calling this function will remain unmasked.
*
* @example
* ```typescript
* // Register an API token as a secret
* const apiToken = "abc123xyz456";
* setSecret(apiToken);
*
* // Now any logs containing this value will show *** instead
* console.log(`Using token: ${apiToken}`); // Outputs: "Using token: ***"
* ```
*/
function setSecret(secret) {
	issueCommand("add-mask", {}, secret);
}
/**
* Sets the value of an output.
*
* @param     name     name of the output to set
* @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
*/
function setOutput(name, value) {
	if (process.env["GITHUB_OUTPUT"] || "") return issueFileCommand("OUTPUT", prepareKeyValueMessage(name, value));
	process.stdout.write(os$1.EOL);
	issueCommand("set-output", { name }, toCommandValue(value));
}
/**
* Sets the action status to failed.
* When the action exits it will be with an exit code of 1
* @param message add error issue message
*/
function setFailed(message) {
	process.exitCode = ExitCode.Failure;
	error(message);
}
/**
* Writes debug message to user log
* @param message debug message
*/
function debug(message) {
	issueCommand("debug", {}, message);
}
/**
* Adds an error issue
* @param message error issue message. Errors will be converted to string via toString()
* @param properties optional properties to add to the annotation.
*/
function error(message, properties = {}) {
	issueCommand("error", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
* Adds a warning issue
* @param message warning issue message. Errors will be converted to string via toString()
* @param properties optional properties to add to the annotation.
*/
function warning(message, properties = {}) {
	issueCommand("warning", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
* Adds a notice issue
* @param message notice issue message. Errors will be converted to string via toString()
* @param properties optional properties to add to the annotation.
*/
function notice(message, properties = {}) {
	issueCommand("notice", toCommandProperties(properties), message instanceof Error ? message.toString() : message);
}
/**
* Writes info to log with console.log.
* @param message info message
*/
function info(message) {
	process.stdout.write(message + os$1.EOL);
}
/**
* Begin an output group.
*
* Output until the next `groupEnd` will be foldable in this group
*
* @param name The name of the output group
*/
function startGroup(name) {
	issue("group", name);
}
/**
* End an output group.
*/
function endGroup() {
	issue("endgroup");
}
/**
* Saves state for current action, the state can only be retrieved by this action's post job execution.
*
* @param     name     name of the state to store
* @param     value    value to store. Non-string values will be converted to a string via JSON.stringify
*/
function saveState(name, value) {
	if (process.env["GITHUB_STATE"] || "") return issueFileCommand("STATE", prepareKeyValueMessage(name, value));
	issueCommand("save-state", { name }, toCommandValue(value));
}
/**
* Gets the value of an state set by this action's main execution.
*
* @param     name     name of the state to get
* @returns   string
*/
function getState(name) {
	return process.env[`STATE_${name}`] || "";
}
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
	const file = new ConfigFile(name, readFileSync(join(root, name), "utf8"), await import("./dist-CkH2IKK-.js").then((m) => /* @__PURE__ */ __toESM(m.default, 1)));
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
// src/verify/exit.ts
const CODES = {
	fail: "VERDICT_FAIL",
	inconclusive: "VERDICT_INCONCLUSIVE",
	error: "VERDICT_ERROR"
};
/**
* What the verdict does to the step: nothing, a warning, or VERDICT_FAIL, VERDICT_INCONCLUSIVE, VERDICT_ERROR. Answers
* the `error-code` of a step that stays green: a verdict of error has its code whatever the policy says.
*/
function failFor(decision, inputs, actions) {
	const { verdict } = decision;
	if (verdict === "pass" || inputs.mode === "baseline" && decision.samples > 0 && verdict === "inconclusive") return void 0;
	const reason = redact(decision.reason);
	const policy = verdict === "fail" ? "warn" : inputs[`on-${verdict}`];
	if (policy === "fail" || failOn(inputs["fail-on"]).includes(verdict)) throw new SeatrialError(CODES[verdict], reason);
	if (policy === "warn") actions.warning(`Verdict ${verdict}: ${reason}`);
	return verdict === "error" ? "VERDICT_ERROR" : void 0;
}
/** A step that fails before a verdict fell says so in its outputs: what reads them must not take nothing for a pass. */
function unjudged(error, actions) {
	const { code, message } = asSeatrialError(error);
	if (code.startsWith("VERDICT_") || code === "REPORT_UNWRITABLE") return;
	actions.output("verdict", "error");
	actions.output("reason", redact(message));
}
// src/verify/main.ts
/** The judge and the report are loaded once the inputs are found good. */
await run(async (actions) => {
	try {
		const inputs = await loadInputs("verify", schema, actions);
		const [{ judgeRun }, { publish }] = await Promise.all([import("./run-CX8SYKN4.js"), import("./report-2x7DUDgM.js")]);
		const result = await judgeRun(inputs, actions);
		await publish(result, inputs, actions);
		return failFor(result.decision, inputs, actions);
	} catch (error) {
		unjudged(error, actions);
		throw error;
	}
});
export {};
