import { BlockList, isIP } from 'node:net';

/**
 * The address ranges among the entries of NO_PROXY (`10.0.0.0/8`, `fd00::/8`), as curl and Go take them: they hold for
 * hosts that are written as an address. Names, suffixes and single addresses are undici's own business.
 */
export function noProxyRanges(value: string | undefined): (hostname: string) => boolean {
  const ranges = new BlockList();
  for (const entry of (value ?? '').split(/[\s,]+/)) {
    const [, address, bits] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/i.exec(entry) ?? [];
    const family = isIP(address ?? '');
    if (!family || Number(bits) > (family === 4 ? 32 : 128)) continue;
    ranges.addSubnet(address!, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return (hostname) => {
    const address = hostname.replace(/^\[|\]$/g, '');
    const family = isIP(address);
    return family !== 0 && ranges.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
}
