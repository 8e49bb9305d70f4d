/** The part of dns-packet (which brings no types) that the test DNS server uses. */
declare module 'dns-packet' {
  export interface Question {
    type: string
    name: string
    class?: string
  }

  export interface Answer {
    type: string
    name: string
    ttl?: number
    data?: unknown
    udpPayloadSize?: number
  }

  export interface Packet {
    type: 'query' | 'response'
    id: number
    flags: number
    questions: Question[]
    answers?: Answer[]
    authorities?: Answer[]
    additionals?: Answer[]
  }

  const dnsPacket: {
    AUTHORITATIVE_ANSWER: number
    RECURSION_DESIRED: number
    TRUNCATED_RESPONSE: number
    decode(bytes: Uint8Array): Required<Packet>
    encode(packet: Packet): Buffer
  }
  export default dnsPacket
}
