/** From where and with what somebody asks, as it is kept sealed. */
import type { FastifyRequest } from 'fastify'
import type { Client } from '../core/requests/client.ts'

const userAgentLengthMax = 300

export function clientOf({ ip, headers }: FastifyRequest): Client {
  return { address: ip, userAgent: (headers['user-agent'] ?? '').slice(0, userAgentLengthMax) }
}
