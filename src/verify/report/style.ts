/** The page's only style: both colour schemes, and a table that becomes cards where it would not fit. */
export const STYLE = `:root{color-scheme:light dark;--text:#1f2328;--page:#fff;--soft:#59636e;--line:#d1d9e0;--old:#59636e;--new:#0969da;--bad:#cf222e;--badly:#ffebe9;--good:#1a7f37;--open:#9a6700;--box:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--text:#f0f6fc;--page:#0d1117;--soft:#9198a1;--line:#3d444d;--old:#b0b8c1;--new:#58a6ff;--bad:#ff7b72;--badly:#3c1618;--good:#3fb950;--open:#d29922;--box:#151b23}}
body{font:15px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:var(--text);background:var(--page);max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}h1 span{padding:.1em .5em;border-radius:.3em;color:#fff}
.pass{background:#1a7f37}.fail{background:#cf222e}.inconclusive{background:#9a6700}.error{background:#57606a}
.reason{font-size:1.05rem;font-weight:600;overflow-wrap:anywhere}.soft{color:var(--soft)}
table{border-collapse:collapse;width:100%;font-size:13px}th,td{border:1px solid var(--line);padding:.3em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:600;overflow-wrap:normal}tr.bad td{background:var(--badly)}tr.bad td:first-child{border-left:4px solid var(--bad);font-weight:700}
.state-pass{color:var(--good)}.state-fail{color:var(--bad);font-weight:700}.state-open{color:var(--open)}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--box);padding:.6em;font-size:12px}figure{margin:1rem 0}figcaption{font-weight:600}
svg{width:100%;max-width:640px;height:auto;font-size:11px}svg text{fill:var(--text)}svg path{fill:none;stroke-width:1.8}
path.old{stroke:var(--old)}path.new{stroke:var(--new)}path.dashed{stroke-dasharray:5 4}text.key.old{fill:var(--old)}text.key.new{fill:var(--new)}.key{font-weight:600}
.grid{stroke:var(--line);stroke-width:.5}.mark{stroke:var(--bad);stroke-dasharray:5 4}li{overflow-wrap:anywhere}
@media(max-width:44rem){body{margin:1rem auto}table.cards,table.cards tbody,table.cards tr,table.cards td{display:block;width:auto}table.cards tr.head{display:none}
table.cards tr{border:1px solid var(--line);margin:.6rem 0}table.cards td{border:0}table.cards td:empty{display:none}table.cards td[data-head]::before{content:attr(data-head)": ";color:var(--soft)}svg{font-size:15px}}`;
