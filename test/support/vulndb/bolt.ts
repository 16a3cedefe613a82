/**
 * Writes a bbolt file, the format Trivy keeps its vulnerability database in: two meta pages, an empty freelist and
 * one leaf page whose nested buckets are inline. bbolt reads inline buckets of any size, so no tree is needed for a
 * database of a few entries. Layout: go.etcd.io/bbolt, internal/common (page.go, bucket.go, meta.go).
 */
const PAGE = 4096;
const FLAG = { leaf: 0x02, meta: 0x04, freelist: 0x10 };

/** A bucket: its values by key, text for a value, a map for a bucket within. */
export type Bucket = { [key: string]: string | Bucket };

/** A page header (id, flags, count, overflow) and leaf elements, each pointing at its key and value further on. */
function leaf(bucket: Bucket): { count: number; body: Buffer } {
  const entries = Object.entries(bucket)
    .map(([key, value]) => ({
      key: Buffer.from(key),
      value: typeof value === 'string' ? Buffer.from(value) : inline(value),
      nested: typeof value !== 'string',
    }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const heads = Buffer.alloc(16 * entries.length);
  const data: Buffer[] = [];
  let at = heads.length;
  entries.forEach(({ key, value, nested }, i) => {
    heads.writeUInt32LE(nested ? 1 : 0, i * 16);
    heads.writeUInt32LE(at - i * 16, i * 16 + 4); // counted from this element, not from the page
    heads.writeUInt32LE(key.length, i * 16 + 8);
    heads.writeUInt32LE(value.length, i * 16 + 12);
    data.push(key, value);
    at += key.length + value.length;
  });
  return { count: entries.length, body: Buffer.concat([heads, ...data]) };
}

function header(id: number, flags: number, count: number, overflow: number): Buffer {
  const head = Buffer.alloc(16);
  head.writeBigUInt64LE(BigInt(id), 0);
  head.writeUInt16LE(flags, 8);
  head.writeUInt16LE(count, 10);
  head.writeUInt32LE(overflow, 12);
  return head;
}

/** A bucket as a value: root page 0 says that its one leaf page follows right here. */
function inline(bucket: Bucket): Buffer {
  const { count, body } = leaf(bucket);
  return Buffer.concat([Buffer.alloc(16), header(0, FLAG.leaf, count, 0), body]);
}

function fnv1a(data: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of data) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash;
}

function meta(id: number, pages: number): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(0xed0cdaed, 0);
  body.writeUInt32LE(2, 4);
  body.writeUInt32LE(PAGE, 8);
  body.writeBigUInt64LE(3n, 16); // root bucket's page; its sequence stays 0
  body.writeBigUInt64LE(2n, 32); // freelist
  body.writeBigUInt64LE(BigInt(pages), 40); // high water mark
  body.writeBigUInt64LE(BigInt(id), 48); // transaction
  body.writeBigUInt64LE(fnv1a(body.subarray(0, 56)), 56);
  return Buffer.concat([header(id, FLAG.meta, 0, 0), body]);
}

export function boltFile(root: Bucket): Buffer {
  const { count, body } = leaf(root);
  const span = Math.ceil((16 + body.length) / PAGE);
  const file = Buffer.alloc((3 + span) * PAGE);
  meta(0, 3 + span).copy(file, 0);
  meta(1, 3 + span).copy(file, PAGE);
  header(2, FLAG.freelist, 0, 0).copy(file, 2 * PAGE);
  Buffer.concat([header(3, FLAG.leaf, count, span - 1), body]).copy(file, 3 * PAGE);
  return file;
}
