/**
 * An authoritative DNS server for tests: UDP and TCP on one port of 127.0.0.1, with a zone that may change at any moment.
 * As a program, `node test/support/dns-server.ts zone.json` prints its port and reads the file again at SIGHUP.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import dnsPacket, { type Answer, type Packet, type Question } from 'dns-packet'

/** `timeout` never answers; the others answer with that code. */
export type DnsFailure = 'SERVFAIL' | 'NXDOMAIN' | 'REFUSED' | 'timeout'

export interface ZoneEntry {
  A?: string[]
  AAAA?: string[]
  /** Followed inside the zone; excludes the other types (RFC 1034 §3.6.2). */
  CNAME?: string
  MX?: { priority: number; exchange: string }[]
  /** A value of any length: it is cut into strings of 255 bytes (RFC 1035 §3.3.14). */
  TXT?: string[]
  PTR?: string[]
  NS?: string[]
  fails?: DnsFailure
}

/** Names in any case, with or without the last dot. */
export type Zone = Record<string, ZoneEntry>

export interface DnsServer {
  port: number
  /** As POSTERN_DNS and `Resolver.setServers` take it. */
  address: string
  /** Read at each query: add, change and delete entries freely. */
  zone: Zone
  /** What every name answers while it is set, whatever the zone says. */
  failure: DnsFailure | undefined
  /** Queries received so far: all, those for a name, or those for a name and type. */
  count(name?: string, type?: string): number
  stop(): Promise<void>
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 }
const plainUdpBytesMax = 512 // RFC 1035 §4.2.1; more only when the query says so (RFC 6891)
const ednsBytesMax = 1232
const aliasesMax = 8
const tcpIdleMs = 5_000
const countedNamesMax = 10_000

export async function startDnsServer(zone: Zone = {}): Promise<DnsServer> {
  const counts = new Map<string, number>()
  const answer = (bytes: Buffer, transport: 'udp' | 'tcp') => {
    const query = readQuery(bytes)
    if (!query) return undefined
    for (const key of countKeys(query.question.name, query.question.type)) addOne(counts, key)
    return reply(query, { zone: server.zone, failure: server.failure, transport })
  }
  const { udp, tcp, port } = await listenOnOnePort()
  const connections = new Set<Socket>()
  udp.on('message', (bytes, from) => {
    const bytesBack = answer(bytes, 'udp')
    if (bytesBack) udp.send(bytesBack, from.port, from.address)
  })
  tcp.on('connection', (socket) => {
    connections.add(socket.on('close', () => connections.delete(socket)))
    serveTcp(socket, (bytes) => answer(bytes, 'tcp'))
  })
  const server: DnsServer = {
    port,
    address: `127.0.0.1:${port}`,
    zone,
    failure: undefined,
    count: (name, type) => counts.get(countKey(name, type)) ?? 0,
    async stop() {
      for (const socket of connections) socket.destroy()
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ])
    },
  }
  return server
}

/** A port that is free for UDP may be taken for TCP, so a few are tried. */
async function listenOnOnePort(): Promise<{ udp: UdpSocket; tcp: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const udp = createSocket('udp4')
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = createServer().listen(port, '127.0.0.1')
    try {
      await once(tcp, 'listening')
      return { udp, tcp, port }
    } catch (error) {
      udp.close()
      if (attempt === 10) throw error
    }
  }
}

/** Messages over TCP begin with their length in two bytes (RFC 1035 §4.2.2). */
function serveTcp(socket: Socket, answer: (bytes: Buffer) => Buffer | undefined): void {
  let received: Buffer = Buffer.alloc(0)
  socket.setTimeout(tcpIdleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0)
      const bytesBack = answer(received.subarray(2, end))
      received = received.subarray(end)
      if (!bytesBack) continue
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytesBack.length)
      socket.write(Buffer.concat([length, bytesBack]))
    }
  })
}

interface Query {
  packet: Required<Packet>
  question: Question
  /** undefined: the query came without EDNS. */
  udpBytesMax: number | undefined
}

/** undefined for what is not a question: a malformed packet is dropped, as real servers do. */
function readQuery(bytes: Buffer): Query | undefined {
  let packet: Required<Packet>
  try {
    packet = dnsPacket.decode(bytes)
  } catch {
    return undefined
  }
  const question = packet.questions[0]
  if (packet.type !== 'query' || !question) return undefined
  const option = packet.additionals.find(({ type }) => type === 'OPT')
  return { packet, question, udpBytesMax: option && (option.udpPayloadSize ?? plainUdpBytesMax) }
}

function reply(
  query: Query,
  { zone, failure, transport }: { zone: Zone; failure: DnsFailure | undefined; transport: string },
): Buffer | undefined {
  const { packet, question, udpBytesMax } = query
  const found = failure ? { fails: failure, answers: [] } : lookUp(zone, question)
  if (found.fails === 'timeout') return undefined
  const response: Packet = {
    type: 'response',
    id: packet.id,
    flags:
      dnsPacket.AUTHORITATIVE_ANSWER |
      (packet.flags & dnsPacket.RECURSION_DESIRED) |
      rcodes[found.fails ?? 'NOERROR'],
    questions: [question],
    answers: found.answers,
    additionals: udpBytesMax
      ? [{ type: 'OPT', name: '.', udpPayloadSize: ednsBytesMax, data: [] }]
      : [],
  }
  const bytes = dnsPacket.encode(response)
  const bytesMax = Math.min(Math.max(udpBytesMax ?? 0, plainUdpBytesMax), ednsBytesMax)
  if (transport === 'tcp' || bytes.length <= bytesMax) return bytes
  const flags = response.flags | dnsPacket.TRUNCATED_RESPONSE
  return dnsPacket.encode({ ...response, flags, answers: [] })
}

/** A name that only has others below it exists too, without records (RFC 8020). */
function lookUp(zone: Zone, question: Question): { fails?: DnsFailure; answers: Answer[] } {
  const entries = new Map(Object.entries(zone).map(([name, entry]) => [plainName(name), entry]))
  const answers: Answer[] = []
  let name = plainName(question.name)
  for (let aliases = 0; aliases <= aliasesMax; aliases++) {
    const entry = entries.get(name)
    if (entry?.fails) return { fails: entry.fails, answers }
    if (!entry) {
      const isParent = [...entries.keys()].some((other) => other.endsWith(`.${name}`))
      return isParent ? { answers } : { fails: 'NXDOMAIN', answers }
    }
    const records = recordsOf(entry, question.type)
    // The first owner keeps the case of the question: some resolvers vary it and compare.
    const owner = answers.length === 0 ? question.name : name
    answers.push(...records.map((data) => ({ type: question.type, name: owner, ttl: 1, data })))
    if (records.length > 0 || entry.CNAME === undefined) return { answers }
    answers.push({ type: 'CNAME', name: owner, ttl: 1, data: entry.CNAME })
    name = plainName(entry.CNAME)
  }
  return { fails: 'SERVFAIL', answers: [] }
}

function recordsOf(entry: ZoneEntry, type: string): unknown[] {
  switch (type) {
    case 'A':
      return entry.A ?? []
    case 'AAAA':
      return entry.AAAA ?? []
    case 'CNAME':
      return entry.CNAME === undefined ? [] : [entry.CNAME]
    case 'MX':
      return (entry.MX ?? []).map(({ priority, exchange }) => ({ preference: priority, exchange }))
    case 'TXT':
      return (entry.TXT ?? []).map(cutText)
    case 'PTR':
      return entry.PTR ?? []
    case 'NS':
      return entry.NS ?? []
    default:
      return []
  }
}

function cutText(text: string): Buffer[] {
  const bytes = Buffer.from(text)
  const strings: Buffer[] = []
  for (let start = 0; start === 0 || start < bytes.length; start += 255) {
    strings.push(bytes.subarray(start, start + 255))
  }
  return strings
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '')
}

function countKey(name?: string, type?: string): string {
  return `${name === undefined ? '' : plainName(name)} ${type ?? ''}`
}

function countKeys(name: string, type: string): string[] {
  return [countKey(), countKey(name), countKey(name, type)]
}

function addOne(counts: Map<string, number>, key: string): void {
  const count = counts.get(key)
  if (count !== undefined || counts.size < countedNamesMax) counts.set(key, (count ?? 0) + 1)
}

function readZone(path: string | undefined): Zone {
  // The file is the tester's own: its shape is not checked.
  return path === undefined ? {} : (JSON.parse(readFileSync(path, 'utf8')) as Zone)
}

if (import.meta.main) {
  const path = process.argv[2]
  const server = await startDnsServer(readZone(path))
  process.on('SIGHUP', () => {
    server.zone = readZone(path)
  })
  process.stdout.write(`${server.port}\n`)
}
