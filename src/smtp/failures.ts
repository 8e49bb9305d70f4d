/** Failed attempts to authenticate, by address: beyond the limit further ones are refused before anything is looked up. */
import { isIPv6 } from 'node:net'
import type { Clock } from '../lib/clock.ts'

const entriesMax = 100_000

export class Failures {
  private readonly clock: Clock
  private readonly max: number
  private readonly windowMs: number
  /** Begun anew with each window, so it never holds more than one window's callers. */
  private counts = new Map<string, number>()
  private windowStart = 0

  constructor(clock: Clock, { max, windowMs }: { max: number; windowMs: number }) {
    this.clock = clock
    this.max = max
    this.windowMs = windowMs
  }

  isFull(address: string): boolean {
    this.turn()
    return (this.counts.get(address) ?? 0) >= this.max
  }

  note(address: string): void {
    this.turn()
    if (this.counts.size >= entriesMax && !this.counts.has(address)) return
    this.counts.set(address, (this.counts.get(address) ?? 0) + 1)
  }

  private turn(): void {
    const now = this.clock.now()
    const start = now - (now % this.windowMs)
    if (start === this.windowStart) return
    this.windowStart = start
    this.counts = new Map()
  }
}

/** Who counts as one: an IPv4 address, or a /64 of IPv6, which one household has whole. */
export function addressGroup(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.toLowerCase().split('%')[0]?.split('::') ?? []
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  const zeros = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill('0')
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./i.test(address)
}
