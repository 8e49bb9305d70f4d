/** The look-up of names that Node's own HTTP asks for, by the resolver that everything else is looked up by. */
import type { LookupAddress, LookupOptions } from 'node:dns'
import { isIPv6 } from 'node:net'
import type { Lookup } from '../process/host-lookup.ts'

export interface Asked {
  host: string
  options: LookupOptions
  done: (
    error: NodeJS.ErrnoException | null,
    address: string | LookupAddress[],
    family?: number,
  ) => void
}

export async function lookUp(resolve: Lookup, { host, options, done }: Asked): Promise<void> {
  try {
    const found = (await resolve(host)).map((address) => ({
      address,
      family: isIPv6(address) ? 6 : 4,
    }))
    const [first] = found
    if (!first) done(Object.assign(new Error('the host has no address'), { code: 'ENOTFOUND' }), '')
    else if (options.all) done(null, found)
    else done(null, first.address, first.family)
  } catch (error) {
    done(error instanceof Error ? error : new Error('the host was not looked up'), '')
  }
}
