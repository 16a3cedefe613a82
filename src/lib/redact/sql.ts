import { kindOfKey } from './keys.ts';
import { looksLikeName } from './names.ts';

const MARK = '[redacted]';
const personal = (column: string) => kindOfKey(column.replace(/["'`[\]]/g, '').trim()) !== undefined;

/** Cuts a list at its commas, quotes heeded; the parts keep their blanks. */
function parts(list: string): string[] {
  return list.match(/(?:\s*(?:'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|[^,'"()]|\([^()]*\))+)(?=,|$)/g) ?? [];
}

const hide = (value: string) =>
  /^\s*(?:NULL|DEFAULT|TRUE|FALSE|NOW\(\)|\?|\$\d+|:\w+|%s)?\s*$/i.test(value) || value.includes(MARK)
    ? value
    : value.replace(/^(\s*)([\s\S]*?)(\s*)$/, (_, before, whole: string, behind) => {
        const quote = /^(['"])[\s\S]*\1$/.exec(whole)?.[1] ?? '';
        return `${before}${quote}${MARK}${quote}${behind}`;
      });

/** `INSERT INTO users (name, phone) VALUES ('…', '…')`: each value belongs to the column of its place. */
const INSERT =
  /(\binto\s+\S+\s*\(([^()]{1,1000})\)\s*values\s*)((?:\((?:[^()']|'(?:[^'\\]|\\.|'')*'|\([^()]*\))*\)\s*,?\s*)+)/gi;
/** The same without columns: values are told by their looks. */
const BARE_INSERT =
  /(\binto\s+[\w."`[\]]+\s+values\s*)((?:\((?:[^()']|'(?:[^'\\]|\\.|'')*'|\([^()]*\))*\)\s*,?\s*)+)/gi;
const ROW = /\(((?:[^()']|'(?:[^'\\]|\\.|'')*'|\([^()]*\))*)\)/g;
/** PostgreSQL's `Key (email)=(…) already exists`, one column or several. */
const KEY = /(\bkey \(([^()]{1,300})\)=\()((?:[^()]|\([^()]*\)){0,500})(\))/gi;
/** Active Record's `["name", "…"]`. */
const BIND = /(\[\s*(["'])([\w.]{1,60})\2\s*,\s*)(["'])((?:(?!\4)[^\\\n]|\\.){0,300})\4(?=\s*\])/g;
/** MyBatis: `Parameters: 张三(String), 5(Integer)`. */
const MYBATIS =
  /(?<=Parameters: |\((?:String|Long|Integer|Date|Timestamp|BigDecimal)\), )([^(),\n]{1,80})(?=\((?:String|Long)\))/g;
/** Hibernate: `binding parameter [1] as [VARCHAR] - [Zhang San]`, `(1:VARCHAR) <- [Zhang San]`. */
const HIBERNATE = /((?:binding parameter \[?\(?\w[^\n]{0,40}?(?:-|<-) )\[)([^\]\n]{1,200})(?=\])/g;
/** PostgreSQL's `parameters: $1 = 'Zhang San'`, and lists of values in quotes. */
const PARAMETER = /(\$\d{1,3} = ')((?:[^'\\\n]|\\.|''){1,200})(?=')/g;
const LIST = /((?:\b(?:params|parameters|args|bindings|values)\s*[:=]\s*[[(]))([^\])\n]{1,500})(?=[\])])/gi;

/** What databases quote of a row they refuse: PostgreSQL's `Failing row contains (…)`, SQL Server's `duplicate key value is (…)`. */
const REFUSED = /(\b(?:Failing row contains|duplicate key value is) \()((?:[^()\n]|\([^()\n]*\)){1,2000})(?=\))/g;
/** MySQL's `Duplicate entry 'Zhang San-17' for key 'users.uk_name'`: the values of the key, joined by dashes. */
const DUPLICATE = /(\bDuplicate entry ')((?:[^'\\\n]|\\.|''){1,300})(?=' for key '?([\w.]*))/g;
/** MongoDB's `dup key: { name: "…" }`. */
const DUP_KEY = /(\bdup key: \{[^}\n]{0,200}?")([^"\n]{1,200})(?=" ?[,}])/g;

const nameOr = (value: string) => (looksLikeName(value.trim()) ? '[name]' : value);

/** Hides people's values among the parameters of SQL, by their columns or, where only values stand, by their looks. */
export function redactSql(text: string): string {
  let clean = text;
  if (/\binto\b/i.test(clean) && /\bvalues\b/i.test(clean))
    clean = clean.replace(INSERT, (_, head: string, columns: string, rows: string) => {
      const kinds = columns.split(',').map(personal);
      if (!kinds.includes(true)) return head + rows;
      return (
        head +
        rows.replace(
          ROW,
          (__, row: string) =>
            `(${parts(row)
              .map((value, i) => (kinds[i] ? hide(value) : value))
              .join(',')})`,
        )
      );
    });
  if (/\binto\b/i.test(clean) && /\bvalues\b/i.test(clean))
    clean = clean.replace(
      BARE_INSERT,
      (_, head: string, rows: string) =>
        head +
        rows.replace(/'((?:[^'\\]|\\.|''){0,60})'/g, (whole, value: string) =>
          looksLikeName(value) ? "'[name]'" : whole,
        ),
    );
  if (clean.includes(')=('))
    clean = clean.replace(KEY, (whole, head: string, columns: string, values: string, close: string) =>
      columns.split(',').some(personal) ? `${head}${MARK}${close}` : whole && head + values + close,
    );
  if (clean.includes('["') || clean.includes("['"))
    clean = clean.replace(BIND, (whole, head: string, _: string, column: string, quote: string, value: string) =>
      personal(column) && value !== '' && !value.startsWith('[') ? `${head}${quote}${MARK}${quote}` : whole,
    );
  if (clean.includes(' row contains (') || clean.includes('key value is ('))
    clean = clean.replace(
      REFUSED,
      (_, head: string, row: string) =>
        head + row.replace(/([^\s,](?:[^,]*[^\s,])?)/g, (value: string) => nameOr(value)),
    );
  if (clean.includes("Duplicate entry '"))
    clean = clean.replace(DUPLICATE, (_, head: string, value: string, key: string) =>
      key.split(/[._]/).slice(-2).some(personal) ? head + MARK : head + value.split('-').map(nameOr).join('-'),
    );
  if (clean.includes('dup key: {'))
    clean = clean.replace(DUP_KEY, (_, head: string, value: string) => head + nameOr(value));
  if (clean.includes('Parameters: ')) clean = clean.replace(MYBATIS, nameOr);
  if (clean.includes('binding parameter'))
    clean = clean.replace(HIBERNATE, (_, head: string, value: string) => head + nameOr(value));
  if (/\$\d = '/.test(clean))
    clean = clean.replace(PARAMETER, (_, head: string, value: string) => head + nameOr(value));
  if (/params|parameters|args|bindings|values/i.test(clean))
    clean = clean.replace(
      LIST,
      (_, head: string, list: string) =>
        head +
        list.replace(/(["'])((?:(?!\1)[^\\\n]){2,60})\1/g, (whole, quote: string, value: string) =>
          looksLikeName(value) ? `${quote}[name]${quote}` : whole,
        ),
    );
  return clean;
}
