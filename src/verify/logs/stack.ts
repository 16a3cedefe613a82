/** A frame of a stack trace in the forms of Node, Java, .NET, Python, PHP, Ruby, Go, Rust and Elixir. */
const FRAMES: RegExp[] = [
  /^\s*File "([^"]+)", line \d+, in (.+)$/, // Python
  /^\s*#\d+ (?:(\/\S+)\(\d+\): )?(.+?)(?:\(.*)?$/, // PHP
  /^\s*(?:from )?(\S+\.rb):\d+:in [`'"](?:block(?: \(\d+ levels\))? in |rescue in |ensure in )?([^`'"]+)['"`]/, // Ruby
  /^\s*at (?:async |new )?(.+?)(?: in \S+:line \d+)?$/, // Node, Java, .NET
  /^\s*\d+: +(?:0x[0-9a-f]+ - )?([\w:<>{}]+(?:::[\w:<>{} ]+)*)$/, // Rust
  /^\s*\(\w+ [\d.]+\) (\S+\.exs?):\d+: (.+)$/, // Elixir
  /^([\w./*()%{}·-]+\.[\w.*()[\]·]+)\([^)]*\)$/, // Go
];
/** Frames that are the runtime's, a framework's or a package's: no code of the release. */
const FOREIGN =
  /node_modules|\bnode:|internal\/|site-packages|dist-packages|lib\/python|\/usr\/(?:local\/)?lib|\/gems\/|\/vendor\/|\/rustc\/|\/usr\/local\/go\/|<frozen |(?:^|[\s/])(?:java|javax|jakarta|sun|jdk|kotlin|scala|com\.sun|org\.(?:springframework|apache|hibernate|eclipse|jboss)|io\.(?:netty|micrometer|undertow|vertx|quarkus)|reactor)\.|\bat (?:System|Microsoft|MS)\.|^\s*at (?:System|Microsoft)\.|runtime[./]|net\/http|(?:^|[\s<])(?:core|std|alloc|tokio|hyper|actix_[a-z]+|rust_begin_unwind|__rust\w*|backtrace)(?:::|$)|\b(?:elixir|stdlib|kernel|phoenix|plug|cowboy|ranch|ecto) \d/;

/** At most three frames of the release's own code, without lines and addresses; the innermost first. */
export function ownFrames(lines: readonly string[]): string[] {
  const own: string[] = [];
  const python = lines.some((line) => /^\s*File "/.test(line));
  for (const line of lines) {
    if (FOREIGN.test(line)) continue;
    for (const form of FRAMES) {
      const found = form.exec(line);
      if (!found) continue;
      const name = [found[1], found[2]].filter(Boolean).join(':');
      own.push(name.replace(/[:(]\d+[\d:)]*/g, '').replace(/\d+/g, '#'));
      break;
    }
    // Python tells the innermost last.
    if (own.length === 3 && !python) break;
  }
  return python ? own.slice(-3) : own;
}

const TYPE =
  /(?:^|[\s:"(>#*|]|---> )((?:[\w$]+(?:[.\\]|::))*[A-Z][\w$]*(?:Exception|Error|Throwable|Interrupt|Exit|Panic|Failure))(?=[:\s"(),>]|$)/g;
const MARGIN = /^[ |+]*((?:[\w$]+\.)*[A-Za-z_$][\w$]*): /;

/** The types of what was thrown and of its causes, as they are told, at most three. */
export function thrownTypes(text: string): string[] {
  const types = new Set<string>();
  for (const [, type] of text.matchAll(TYPE)) {
    types.add(type!);
    if (types.size === 3) break;
  }
  if (types.size === 0 && /Traceback \(most/.test(text)) {
    const last = MARGIN.exec(text.trimEnd().split('\n').at(-1)!)?.[1];
    if (last) types.add(last);
  }
  return [...types];
}
