import { n as __require, t as __commonJSMin } from "./rolldown-runtime-DegdyBIC.js";
import { t as require_undici } from "./undici-rjyYJeIT.js";
import "./exec-C4LQe4u0.js";
import { S as causes, b as SeatrialError, v as parseShare, x as asSeatrialError, y as parseSize } from "./clock-a1VLqpl4.js";
import { n as withComposeFile, r as loadInputs } from "./compose-file-BebRaDzm.js";
import { n as addressesOf, r as oneKind, t as reach } from "./targets-DOA7df1P.js";
import { t as checkPem } from "./pem-CJJPwX6t.js";
import { A as parseStatuses, C as hostsOf, D as parseWorkers, E as wordOf, F as parseMetrics, I as parsePublish, L as parsePublishLines, M as clashes, O as parseRate, P as parseDoors, S as contradiction, T as parseRedirect, c as FRONT, i as fields, j as parseMatches, w as parseDomain } from "./fields-DEVIRqje.js";
import { t as parseSteps } from "./canary-steps-CPDIM41A.js";
import { l as isList, s as scaleConflicts, u as words } from "./scale-schedule-0YPQAX_B.js";
import { n as nothingBegun } from "./outcome-BVP05JMZ.js";
import { appendFileSync } from "node:fs";
import * as os$1 from "os";
import os, { EOL } from "os";
import * as crypto from "crypto";
import * as fs from "fs";
import { constants, promises } from "fs";
import { isIP } from "node:net";
import { X509Certificate } from "node:crypto";
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
// src/deploy/input/front.ts
/** Inputs that mean something only with `domains`. */
const WITH_DOMAINS = [
	"redirects",
	"acme-email",
	"acme-ca",
	"front-http",
	"front-https"
];
/** What contradicts itself about the front door. Pure. */
function frontContradictions(raw) {
	const found = [];
	const check = (wrong, key, message) => wrong && found.push([key, message]);
	const attempt = (key, parse) => {
		try {
			parse();
			return true;
		} catch (error) {
			found.push([key, error.message.replace(`${key}: `, "")]);
			return false;
		}
	};
	check(raw.app === FRONT, "app", `"${FRONT}" is the name of the front door itself; choose another.`);
	const names = raw.domains.map((line) => attempt("domains", () => parseDomain(line)));
	const rules = raw.redirects.map((line) => attempt("redirects", () => parseRedirect(line)));
	const readable = [...names, ...rules].every(Boolean);
	for (const key of ["front-http", "front-https"]) {
		const port = raw[key];
		if (port) attempt(key, () => parsePublish(port));
	}
	const certificate = raw["tls-certificate"];
	if (raw.command === "deploy" || raw.command === "plan") {
		for (const key of WITH_DOMAINS) check(raw[key]?.length && !raw.domains.length, key, "belongs to domains; there are none.");
		check(raw["acme-server"] !== "https://acme-v02.api.letsencrypt.org/directory" && !raw.domains.length, "acme-server", "belongs to domains; there are none.");
	}
	if (!raw.domains.length) return found;
	check(raw.edge === "none", "edge", "domains need edge: haproxy; the front door leads to the edge of the app.");
	check(!raw.port && !raw["compose-file"].length, "port", "domains need port, the one in the container.");
	check(raw["accept-proxy"], "accept-proxy", "is for an edge that clients reach by themselves; with domains the front does.");
	check(certificate && raw.tls === "auto", "tls", "with domains a tls-certificate is served by tls: own.");
	check(raw.tls === "auto" && !/^https:\/\/[^/\s]+(\/\S*)?$/.test(raw["acme-server"]), "acme-server", "is the https:// address of an ACME directory.");
	check(raw["acme-email"] && !/^[^\s@"]+@[^\s@"]+$/.test(raw["acme-email"]), "acme-email", `"${raw["acme-email"]}" is no mail address.`);
	const ca = raw["acme-ca"];
	if (ca) {
		const read = () => new X509Certificate(ca);
		try {
			read();
		} catch {
			found.push(["acme-ca", "holds no certificate in PEM."]);
		}
	}
	if (raw["front-http"] && raw["front-https"]) {
		const [http, https] = [raw["front-http"], raw["front-https"]];
		try {
			check(clashes(parsePublish(http), parsePublish(https)), "front-https", "is the port of front-http.");
		} catch {
			return found;
		}
	}
	if (!readable) return found;
	check(contradiction(raw.domains, raw.redirects), "domains", contradiction(raw.domains, raw.redirects));
	if (certificate && raw.tls === "own") {
		const uncovered = uncoveredBy(certificate, [...hostsOf(raw.domains.map((line) => wordOf(parseDomain(line)))), ...raw.redirects.map((line) => parseRedirect(line).from)]);
		check(uncovered, "tls-certificate", `is not for ${uncovered}; a client that asks for it would be told of danger.`);
	}
	return found;
}
/** The first host a certificate is not for; of a text that holds none nothing is said here. */
function uncoveredBy(pem, hosts) {
	try {
		const certificate = new X509Certificate(pem);
		return hosts.find((host) => !certificate.checkHost(host, { subject: "never" }));
	} catch {
		return;
	}
}
// src/deploy/input/kubernetes.ts
/** The ports a cluster gives away at every node, https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport */
const [LOWEST, HIGHEST] = [3e4, 32767];
/** What has no meaning on Kubernetes, and what does it there. */
const REFUSED = [
	["compose-file", "is for Docker hosts; give image, port and the rest as inputs."],
	["service", "is for Docker hosts."],
	["networks", "are of Docker; pods reach each other by Services."],
	["domains", "are led to the Service of the app by an Ingress or HTTPRoute of yours."],
	["redirects", "belong to the Ingress or Gateway in front."],
	["workers", "are deployed as an app of their own, without a port."],
	["maintenance-page", "is not supported; the usual page is shown."],
	["error-page", "is not supported; the usual page is shown."],
	["pids", "is the kubelet's to limit (podPidsLimit)."],
	["ulimits", "are not to be had there; they are those of the container runtime."],
	["devices", "are a device plugin's to hand out."],
	["gpus", "are a device plugin's to hand out."],
	["init", "has no counterpart; start an init in the image, e.g. tini."],
	["log-driver", "is the cluster's own matter; its nodes write and rotate the logs."],
	["log-options", "are the cluster's own matter; its nodes write and rotate the logs."],
	["stop-signal", "is that of the image (STOPSIGNAL)."],
	["tls-certificate", "belongs to the Ingress or Gateway in front."],
	["accept-proxy", "is not supported there; a balancer in front speaks HTTP to the Service."],
	["rate-limit", "would count the cluster's nodes and not the clients; limit at the Ingress or Gateway in front."],
	["max-connections", "counts containers, and the edge there knows Services alone; limit by replicas."],
	["queue-timeout", "belongs to max-connections, which is not supported there."]
];
const given$1 = (value) => Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== false && value !== "";
/** Contradictions of a deploy to Kubernetes. Pure. */
function kubernetesContradictions(raw) {
	const found = [];
	const check = (wrong, key, message) => wrong && found.push([key, message]);
	for (const [key, words] of REFUSED) check(given$1(raw[key]), key, `on Kubernetes it ${words.replace(/^are /, "is ")}`);
	check(!/^[a-z]/.test(raw.app), "app", `"${raw.app}" must begin with a letter on Kubernetes, as its Service does.`);
	const publish = raw.publish ? portOf(raw.publish) : void 0;
	if (publish) {
		const { ip, port, more } = publish;
		check(more, "publish", "one port is led to the app on Kubernetes; leave one line.");
		check(ip, "publish", "an address before the port has no meaning on Kubernetes: a NodePort is on every node.");
		check(port < LOWEST || port > HIGHEST, "publish", `${port} is no NodePort: write one from ${LOWEST} to ${HIGHEST}, or leave it out for port 80 of the Service inside the cluster.`);
	}
	check(raw["app-protocol"] !== "http", "app-protocol", "h2c is not supported on Kubernetes; the edge speaks HTTP/1.1 to the app.");
	check(raw.edge === "none" && raw.port, "edge", "none has no meaning on Kubernetes: traffic goes through the edge.");
	check(!["always", "unless-stopped"].includes(raw.restart), "restart", `"${raw.restart}" has no meaning on Kubernetes: pods of a Deployment are always restarted.`);
	check(raw["keep-warm-as"] === "paused", "keep-warm-as", "paused has no meaning on Kubernetes; choose running or stopped.");
	check(raw["log-max-size"] !== "10m", "log-max-size", "on Kubernetes it is the nodes' own matter (containerLogMaxSize of the kubelet).");
	check(raw["log-max-file"] !== 3, "log-max-file", "on Kubernetes it is the nodes' own matter (containerLogMaxFiles of the kubelet).");
	check(raw.user && !/^\d+(:\d+)?$/.test(raw.user), "user", `"${raw.user}" is a name; Kubernetes takes a number, 1000 or 1000:1000.`);
	const path = raw.volumes.find((line) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:/.test(line));
	check(path, "volumes", `"${path}" is no PersistentVolumeClaim with a path behind; write claim:/path, files of a node are not mounted.`);
	const label = raw.labels.find((line) => !/^([a-z0-9.-]+\/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,62}=([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/.test(line));
	check(label, "labels", `"${label}" is no label of Kubernetes: 63 letters, digits, dots, dashes and underscores.`);
	check(raw.labels.some((line) => line.startsWith("io.seatrial.")), "labels", "io.seatrial.* are our own.");
	return found;
}
/** What is no port at all is told by who parses it. */
function portOf(publish) {
	try {
		const [first, ...more] = parsePublishLines(publish);
		return first && {
			...parsePublish(first.publish),
			more: more.length > 0
		};
	} catch {
		return;
	}
}
// src/deploy/input/kinds.ts
/** What an input means only on some kinds of target, and what to do instead of it elsewhere. */
const ELSEWHERE = {
	docker: {
		placement: "is for a Swarm; on Docker hosts the line in hosts says where.",
		"edge-placement": "is for a Swarm; a Docker host has one edge."
	},
	kubernetes: {
		placement: "is for a Swarm; on Kubernetes the scheduler chooses among the nodes.",
		"edge-placement": "is for a Swarm; on Kubernetes the edge's pods are spread over the nodes."
	},
	swarm: {
		"compose-file": "is for Docker hosts; on a Swarm give image and the inputs of the release.",
		service: "names one of a compose-file, which is for Docker hosts.",
		domains: "are for Docker hosts; on a Swarm give publish, and put what owns 80 and 443 there in front.",
		workers: "are for Docker hosts; give them an app of their own.",
		"maintenance-page": "is for Docker hosts; a Swarm answers with a page of its own.",
		"error-page": "is for Docker hosts; a Swarm answers with a page of its own.",
		devices: "can not be given to tasks of a Swarm; deploy to a Docker host.",
		gpus: "can not be given to tasks of a Swarm; let their node offer them as generic resources, or deploy to a Docker host.",
		"shm-size": "can not be set for tasks of a Swarm; give tmpfs: /dev/shm:size=256m."
	}
};
const given = (value) => Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== false;
/** Inputs that have no meaning on the kind of target that `hosts` names. */
function misplaced(raw, kind) {
	const found = Object.entries(ELSEWHERE[kind] ?? {}).filter(([key]) => given(raw[key])).map(([key, message]) => [key, message]);
	if (kind === "kubernetes") found.push(...kubernetesContradictions(raw));
	if (kind !== "swarm") return found;
	if (raw["keep-warm-as"] === "paused") found.push(["keep-warm-as", "paused is not to be had on a Swarm; choose running or stopped."]);
	if (raw.edge === "none" && raw.publish) found.push(["edge", "none publishes a container itself, which a Swarm does not; leave it at haproxy."]);
	const at = raw.publish ? addressOf(raw.publish) : void 0;
	if (at) found.push(["publish", `"${raw.publish}" names an address; on a Swarm a port is of all addresses of each node with an edge: write ${at.port}.`]);
	return found;
}
/** The first line that binds a port to an address; what is no port at all is told by who parses it. */
function addressOf(publish) {
	try {
		return parsePublishLines(publish).map((line) => parsePublish(line.publish)).find(({ ip }) => ip);
	} catch {
		return;
	}
}
// src/deploy/input/checks.ts
const APP = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;
const ENVIRONMENT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,48}$/;
const VOLUME = /^[^:]+:\/[^:]*(:[A-Za-z,]+)?$/;
/** Dots and dashes too: a file below /run/secrets may have them, and so may a variable of a Java app. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]*=/;
/** What a compose file says by itself; taken here as well, it would be a second truth. */
const IN_THE_FILE = [
	"volumes",
	"networks",
	"memory",
	"cpus",
	"pids",
	"stop-signal",
	"read-only",
	"user",
	"cap-add",
	"cap-drop",
	"labels",
	"entrypoint",
	"args",
	"workers",
	"health-command",
	"log-driver",
	"log-options",
	"tmpfs",
	"extra-hosts",
	"ulimits",
	"shm-size",
	"init",
	"dns",
	"devices",
	"gpus"
];
const FORMS = [
	[
		"tmpfs",
		/^\/[^:]*(:[a-z0-9=,]+)?$/,
		"/tmp or /tmp:size=64m"
	],
	[
		"extra-hosts",
		/^[A-Za-z0-9._-]+:\S+$/,
		"name:address"
	],
	[
		"ulimits",
		/^[a-z]+=-?\d+(:-?\d+)?$/,
		"nofile=1024 or nofile=1024:65536"
	],
	[
		"dns",
		/^[0-9a-fA-F.:]+$/,
		"10.0.0.2"
	],
	[
		"devices",
		/^\/dev\/[^:]+(:\/[^:]+)?(:[rwm]{1,3})?$/,
		"/dev/a or /dev/a:/dev/b:rw"
	]
];
/** What only an edge can do. */
const EDGE_ONLY = [
	"tls-certificate",
	"max-body",
	"accept-proxy",
	"trusted-proxies",
	"header-max",
	"request-timeout",
	"rate-limit",
	"max-connections",
	"queue-timeout",
	"access-log",
	"maintenance-page",
	"error-page",
	"canary-match",
	"metrics-address"
];
/** The figures have a port of their own. */
function metricsApart(at, publish) {
	const taken = publish && parsePublishLines(publish).some((one) => clashes(parsePublish(at), parsePublish(one.publish)));
	if (!at || !taken) return;
	throw new SeatrialError("INPUT_INVALID", `${at} is the port of publish; choose another.`);
}
/** An address of either kind, or a network of them. */
function isNetwork(text) {
	const [address = "", bits, ...more] = text.split("/");
	const kind = isIP(address);
	const fits = bits === void 0 || /^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32);
	return kind > 0 && fits && more.length === 0;
}
/** The kind of target, as far as `hosts` can be read. */
function kindOf(raw, attempt) {
	let kind = "docker";
	attempt("hosts", () => {
		kind = oneKind(addressesOf(raw.hosts));
	});
	return kind;
}
/** Contradictions are told before anything is touched. */
function contradictions(raw) {
	const found = frontContradictions(raw);
	const check = (wrong, key, message) => wrong && found.push([key, message]);
	const attempt = (key, parse) => {
		try {
			parse();
		} catch (error) {
			found.push([key, error.message.replace(`${key}: `, "")]);
		}
	};
	check(!APP.test(raw.app), "app", `"${raw.app}" is not a name; use lower-case letters, digits and dashes, at most 30.`);
	check(!ENVIRONMENT.test(raw.environment), "environment", `"${raw.environment}" is not a name; use letters, digits, dot, dash.`);
	check(Boolean(raw.username) !== Boolean(raw.password), "username", "goes together with password; give both or neither.");
	if (raw.publish) attempt("publish", () => parsePublishLines(raw.publish));
	attempt("workers", () => parseWorkers(raw.workers));
	const kind = kindOf(raw, attempt);
	if (raw["tls-certificate"]) attempt("tls-certificate", () => checkPem(raw["tls-certificate"]));
	check(raw["tls-certificate"] && raw.tls === "off", "tls", "off and a tls-certificate contradict each other.");
	attempt("log-max-size", () => parseSize(raw["log-max-size"]));
	const testers = raw["canary-match"].length > 0;
	attempt("canary-match", () => parseMatches(raw["canary-match"]));
	attempt("canary-steps", () => parseSteps(raw["canary-steps"], 0, testers));
	check(raw.cpus && !(Number(raw.cpus) > 0), "cpus", `"${raw.cpus}" is not a number of CPUs; write 1.5.`);
	check(raw["canary-weight"] >= parseShare("100%"), "canary-weight", "must lie between 0% and 100%.");
	check(raw["canary-weight"] === 0 && !testers, "canary-weight", "0% lets nobody reach the candidate but testers: name them by canary-match, or give it a share.");
	check(testers && raw.sticky, "canary-match", "a sticky cookie would lead testers elsewhere; choose one of the two.");
	const volume = raw.volumes.find((line) => !VOLUME.test(line));
	check(volume, "volumes", `"${volume}" is not a volume; write name:/path or /host/path:/path, with :ro when read only.`);
	const here = raw.volumes.find((line) => /^(\.|~|[^/:]*\/)/.test(line) && !line.startsWith("/"));
	check(here, "volumes", `"${here}" begins at a relative path or ~, which has no meaning on a host; write the whole path, or a volume's name.`);
	for (const key of [
		"env",
		"labels",
		"secrets",
		"log-options"
	]) {
		const pattern = key === "labels" || key === "log-options" ? /^[^=\s]+=/ : VARIABLE;
		const wrong = raw[key].findIndex((line) => !pattern.test(line));
		check(wrong >= 0, key, `entry ${wrong + 1} is not NAME=value; a value of several lines stands between NAME<<EOF and EOF.`);
	}
	for (const [key, pattern, form] of FORMS) {
		const wrong = raw[key].find((line) => !pattern.test(line));
		check(wrong, key, `"${wrong}" is not of the form ${form}.`);
	}
	check(raw.gpus && !/^(all|[1-9]\d*)$/.test(raw.gpus), "gpus", `"${raw.gpus}" is neither all nor a number.`);
	for (const key of ["pre-deploy", "post-deploy"]) check(raw[key] && isList(raw[key]) && !words(raw[key]), key, "begins as a JSON list and is none of words; write [\"node\",\"migrate.js\"].");
	check(raw.command === "remove" && !raw.force && !raw["dry-run"], "force", "remove takes the app away with its history; say force: true if that is meant.");
	const figures = raw["metrics-address"];
	if (figures !== void 0) attempt("metrics-address", () => metricsApart(parseMetrics(figures), raw.publish));
	if (raw["rate-limit"] !== void 0) attempt("rate-limit", () => parseRate(raw["rate-limit"]));
	const proxy = raw["trusted-proxies"].find((line) => !isNetwork(line));
	check(proxy, "trusted-proxies", `"${proxy}" is no address or CIDR; write 10.0.0.0/8 or 192.0.2.7.`);
	check(raw.maintenance !== void 0 && !["on", "off"].includes(raw.maintenance), "maintenance", `"${raw.maintenance}" is neither on nor off.`);
	check(raw.command === "maintenance" && !raw.maintenance, "maintenance", "is needed: on or off.");
	check(raw.command === "scale" && raw.replicas === void 0 && !raw.scheduled, "replicas", "is needed to scale: how many.");
	check(raw.scheduled && raw.command !== "scale", "scheduled", "belongs to command: scale.");
	for (const [key, message] of scaleConflicts(raw)) found.push([key, message]);
	check(raw.to && raw.command !== "rollback", "to", "belongs to command: rollback.");
	if (raw.command !== "deploy" && raw.command !== "plan") return found;
	found.push(...misplaced(raw, kind));
	const composed = raw["compose-file"].length > 0;
	check(!raw.image && !composed, "image", "is needed to deploy: repo@sha256:…, or a tag.");
	for (const key of composed ? IN_THE_FILE : []) {
		const value = raw[key];
		check(Array.isArray(value) ? value.length > 0 : value !== void 0 && value !== false, key, "belongs into the compose file, which says it for each service.");
	}
	check(raw.service && !composed, "service", "names one of a compose-file; there is none.");
	const lines = found.some(([key]) => key === "publish") ? [] : parsePublishLines(raw.publish ?? "");
	const port = lines[0]?.port ?? raw.port;
	check(raw.publish && !port && !composed, "port", "publish needs port, the one in the container.");
	check(port !== raw.port && raw.port, "port", `says ${raw.port} and the first line of publish ${port}; leave one of them out.`);
	check(lines.some(({ service }) => service) && !composed, "publish", `"${lines.find(({ service }) => service)?.service}" names a service, and there is no compose-file.`);
	check(lines.length > 1 && raw.edge === "none", "publish", "several ports need the edge; drop edge: none.");
	const inside = kind === "kubernetes" && raw.port;
	const traffic = Boolean(raw.publish || raw.domains.length || composed || inside) && raw.edge === "haproxy";
	check(!traffic && raw.strategy !== "recreate", "strategy", `${raw.strategy} switches traffic at the edge: give publish (or domains) and port, or choose strategy: recreate.`);
	check(raw["health-path"] && !port && !composed, "health-path", "needs port.");
	if (lines.length || !raw.publish) attempt("health-path", () => parseDoors(raw.publish, raw["health-path"]));
	for (const key of [
		"health-host",
		"health-headers",
		"health-status"
	]) check(raw[key]?.length && !raw["health-path"], key, "belongs to the request of the gate: give health-path too.");
	const header = raw["health-headers"].findIndex((line) => !/^[A-Za-z0-9!#$%&'*+.^_`|~-]+: *\S/.test(line) || /^host:/i.test(line));
	check(header >= 0, "health-headers", `line ${header + 1} is not Name: value (the host is given by health-host).`);
	check(raw["health-host"] && !/^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(raw["health-host"]), "health-host", `"${raw["health-host"]}" is not a host name; write shop.example.com or shop.example.com:8080.`);
	if (raw["health-status"]) attempt("health-status", () => parseStatuses(raw["health-status"]));
	for (const key of EDGE_ONLY) {
		const value = raw[key];
		check(!traffic && (Array.isArray(value) ? value.length : value), key, "needs the edge: give publish and port.");
	}
	check(!traffic && raw.sticky, "sticky", "needs the edge.");
	check(!traffic && raw["app-protocol"] !== "http", "app-protocol", "needs the edge: give publish or domains, and port.");
	check(!traffic && (raw.replicas ?? 1) > 1 && (raw.publish || composed), "replicas", "one host port takes one container without the edge.");
	return found;
}
// src/deploy/inputs.ts
const schema = fields.superRefine((raw, context) => {
	for (const [key, message] of contradictions(raw)) context.addIssue({
		code: "custom",
		path: [key],
		message
	});
});
// src/deploy/main.ts
/** The commands are loaded once the inputs are found good, and while the targets are being reached. */
async function main(actions) {
	const inputs = await loadInputs("deploy", schema, withComposeFile(actions)).catch((error) => {
		nothingBegun(actions);
		throw error;
	});
	const reaching = reach(actions, inputs);
	reaching.catch(() => void 0);
	const { runCommand } = await import("./commands-Cg2TcJDi.js");
	await runCommand(actions, inputs, reaching);
}
async function post(actions) {
	if (["", "[]"].includes(actions.state("locks"))) return;
	const inputs = await loadInputs("deploy", schema, actions);
	const { finishCutOff, heldLocks } = await import("./post-ChxGxMm1.js");
	await finishCutOff(actions, inputs, heldLocks(actions));
}
await run(main, post);
export {};
